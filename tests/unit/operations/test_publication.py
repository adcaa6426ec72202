"""A project's published contracts: what is new, what differs, what may be published."""

import re
from pathlib import Path

import pytest

from franca.config.project import Project, load
from franca.errors import DefinitionError, UsageError
from franca.operations.publication import (
    entity_versions,
    problems,
    publish,
    require_known,
    require_published,
    withdraw,
)

MODEL = """
from enum import Enum
from franca import *
app = Application("app")
class State(Enum):
    OPEN = "open"
class Row(Table):
    no: Key[str]
    name: str
class Thing(Entity):
    id: Key[str]
    name: str
@app.maps
def thing(row: Row) -> Thing:
    return Thing(id=row.no, name=row.name)
"""


def project(folder: Path, model: str = MODEL) -> Project:
    """Return the project with this model."""
    (folder / "franca.toml").touch()
    (folder / "model.py").write_text(model)
    return load(folder)


def published(folder: Path, model: str = MODEL) -> None:
    """Publish the contracts of this model."""
    made = project(folder, model)
    publish(made, entity_versions(made))


def test_an_entity_without_a_contract_is_new_and_breaks_nobody(tmp_path: Path) -> None:
    """The first publication needs no ceremony."""
    made = project(tmp_path)
    assert [(each.contract.id, each.is_new) for each in require_published(made)] == [("thing/1", True)]


def test_what_is_published_is_no_longer_new(tmp_path: Path) -> None:
    """The file stands in the folder that is committed, under the topic's name; written once, it stays."""
    published(tmp_path)
    made = project(tmp_path)
    assert require_published(made) == []
    assert publish(made, entity_versions(made)) == []
    assert [path.name for path in (tmp_path / "contracts").iterdir()] == ["thing.json"]


def test_an_entity_that_no_mapping_gives_has_no_contract(tmp_path: Path) -> None:
    """It has no topic that anybody could read."""
    made = project(tmp_path, MODEL + "class Other(Entity):\n    id: Key[str]\n")
    assert [each.contract.entity for each in entity_versions(made)] == ["thing"]


def test_a_compatible_change_is_to_be_migrated_before_it_runs(tmp_path: Path) -> None:
    """The problem stands at the field's line and names the command."""
    published(tmp_path)
    made = project(
        tmp_path, MODEL.replace("    name: str\n@", "    name: str\n    more: int | None = None\n@")
    )
    assert problems(entity_versions(made)) == []
    with pytest.raises(
        DefinitionError, match=r"model\.py:13: thing\.more: field added .*run `franca migrate`"
    ):
        require_published(made)


def test_an_incompatible_change_names_whom_it_breaks_and_what_helps(tmp_path: Path) -> None:
    """Each breaking difference is a problem, with the number of the version to raise to."""
    published(tmp_path)
    made = project(tmp_path, MODEL.replace("    name: str\n@", "    name: str | None\n@"))
    (problem,) = problems(entity_versions(made))
    assert (problem.path, problem.line) == ("thing.name", 12)
    assert "topic: who counts on a value meets null" in problem.reason
    assert "version=2" in problem.remedy
    assert "--accept thing.name" in problem.remedy


def test_a_difference_is_accepted_by_its_name_only_where_it_fits_the_same_tables(tmp_path: Path) -> None:
    """A type that changes needs other columns, whoever agrees."""
    published(tmp_path)
    softer = project(tmp_path, MODEL.replace("    name: str\n@", "    name: str | None\n@"))
    assert problems(entity_versions(softer), ["thing.name"]) == []
    harder = project(
        tmp_path,
        MODEL.replace("    name: str\n@", "    name: int\n@").replace(
            "name=row.name", "name=integer(row.name)"
        ),
    )
    (problem,) = problems(entity_versions(harder), ["thing.name"])
    assert "--accept" not in problem.remedy


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("thing.nope", "thing.nope: no such field, thing has: id, more, more[], name"),
        ("film.nope", "film.nope: no such entity, the project has: thing"),
        ("name", "name: no such entity"),
    ],
)
def test_only_what_a_contract_has_can_be_accepted(place: str, told: str, tmp_path: Path) -> None:
    """A name that nothing has is a slip; a field that is gone, or was accepted before, is none."""
    published(
        tmp_path, MODEL.replace("    name: str\n@", "    name: str\n    more: list[int] | None = None\n@")
    )
    found = entity_versions(project(tmp_path))

    require_known(found, ["thing", "thing.name", "thing.more", "thing.more[]"])
    with pytest.raises(UsageError, match=re.escape(told)):
        require_known(found, [place])


def test_versions_of_an_entity_have_contracts_side_by_side(tmp_path: Path) -> None:
    """The old version's file stays as it was."""
    published(tmp_path)
    before = (tmp_path / "contracts" / "thing.json").read_bytes()
    both = MODEL.replace("class Thing(Entity)", 'class Old(Entity, name="thing")').replace("Thing", "Old")
    both += "class Thing(Entity, version=2):\n    id: Key[str]\n"
    both += "@app.maps\ndef newer(row: Row) -> Thing:\n    return Thing(id=row.no)\n"
    published(tmp_path, both)
    assert sorted(path.name for path in (tmp_path / "contracts").iterdir()) == ["thing.json", "thing.v2.json"]
    assert (tmp_path / "contracts" / "thing.json").read_bytes() == before


def test_a_contract_that_nothing_feeds_any_more_is_a_problem_until_it_is_withdrawn(tmp_path: Path) -> None:
    """Readers would wait for ever."""
    published(tmp_path)
    made = project(tmp_path, MODEL.replace("class Thing(Entity)", "class Thing(Entity, version=2)"))
    (problem,) = problems(entity_versions(made))
    assert "--retire thing/1" in problem.remedy
    (gone,) = [each for each in entity_versions(made) if each.declared is None]
    withdraw(made, gone.contract)
    assert problems(entity_versions(made)) == []


@pytest.mark.parametrize(
    "text", ["{", "[]", "{}", '{"title": 1}', '{"title":"thing","x-franca-version":"x"}']
)
def test_a_contract_that_can_not_be_read_is_a_problem_of_its_file(tmp_path: Path, text: str) -> None:
    """A merge that went wrong in that file is told as such."""
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts" / "thing.json").write_text(text)
    with pytest.raises(DefinitionError, match=r"thing\.json.*is no contract"):
        entity_versions(project(tmp_path))


def test_two_versions_may_not_have_one_name_in_sql(tmp_path: Path) -> None:
    """`thing_v2` is the second version's name."""
    more = "class Thing_v2(Entity, name='thing_v2'):\n    id: Key[str]\n"
    more += "class Newer(Entity, name='thing', version=2):\n    id: Key[str]\n"
    with pytest.raises(DefinitionError, match="has the name 'thing_v2'"):
        project(tmp_path, MODEL + more)


@pytest.mark.parametrize("version", ["0", "-1", "10000", "'2'", "True"])
def test_a_version_is_a_number_from_one_on(tmp_path: Path, version: str) -> None:
    """It goes into names of topics and tables."""
    with pytest.raises(DefinitionError, match="has the version"):
        project(tmp_path, MODEL.replace("class Thing(Entity)", f"class Thing(Entity, version={version})"))
