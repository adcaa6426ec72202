"""What franca.toml says of a pipeline reaches its source."""

from pathlib import Path

from franca.config.pipelines import pipeline_names, reading
from franca.config.project import load
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
