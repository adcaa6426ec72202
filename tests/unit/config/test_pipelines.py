"""What franca.toml says of a pipeline reaches its source."""

import re
from pathlib import Path

import pytest

from franca.config.endpoints import endpoints
from franca.config.pipelines import pipeline_names, reading
from franca.config.project import load
from franca.errors import DefinitionError
from franca.topics.cluster import Cluster

CRM = """
from franca import Application, Entity, Key, Table

crm = Application("crm")

class Cust(Table):
    num: Key[str]

class Person(Entity):
    id: Key[str]

@crm.maps
def person(cust: Cust) -> Person:
    return Person(id=cust.num)
"""


def test_lost_records_are_skipped_only_where_the_owner_says_so(tmp_path: Path) -> None:
    """One pipeline's loss is accepted, the others still stop."""
    (tmp_path / "crm.py").write_text(CRM)
    (tmp_path / "franca.toml").write_text('[pipelines."crm.on-ramp"]\nskip_lost = true\n')
    project = load(tmp_path)

    willing = {
        name: reading(project, Cluster("127.0.0.1:1"), name, "w").skip_lost
        for name in ("crm.archive", "crm.on-ramp", "lake", "store")
    }

    assert willing == {"crm.archive": False, "crm.on-ramp": True, "lake": False, "store": False}


def test_an_application_without_mappings_has_no_pipelines(tmp_path: Path) -> None:
    """Tables that were imported and are not mapped yet read no topic, so nothing runs for them."""
    (tmp_path / "crm.py").write_text(CRM)
    (tmp_path / "erp.py").write_text('from franca import Application\n\nerp = Application("erp")\n')
    (tmp_path / "franca.toml").touch()

    assert pipeline_names(load(tmp_path)) == ["crm.archive", "crm.on-ramp", "lake", "store"]


@pytest.mark.parametrize("name", ["lake", "archive"])
def test_a_file_is_no_lake(tmp_path: Path, name: str) -> None:
    """It would be a lake without rows to those who read it."""
    (tmp_path / "rows.parquet").write_text("")
    (tmp_path / "franca.toml").write_text(f'[{name}]\nurl = "rows.parquet"\n')
    with pytest.raises(DefinitionError, match=f"{name}.url: got .*rows.parquet', which is a file"):
        endpoints(load(tmp_path), "", "")


@pytest.mark.parametrize("part", ["?", "\\", "%20", "\n"])
def test_a_folder_that_delta_cannot_name_is_no_lake(tmp_path: Path, part: str) -> None:
    """Tables would be written that nobody can read."""
    (folder := tmp_path / f"a{part}b").mkdir()
    (folder / "franca.toml").write_text('[lake]\nurl = "lake"\n')
    with pytest.raises(DefinitionError, match=re.escape(f"expected a folder without {part!r}")):
        endpoints(load(folder), "", "")
    (folder / "franca.toml").write_text('[lake]\nurl = "s3://bucket/a%20b"\n')
    assert endpoints(load(folder), "", "").lake_url == "s3://bucket/a%20b"
