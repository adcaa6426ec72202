"""Loading a user's project, and all its problems at once."""

import json
from pathlib import Path

import pytest

from franca.config.project import load
from franca.config.versions import Versions
from franca.errors import DefinitionError

MODEL = '''
from franca import Entity, Key

class Person(Entity):
    """A person."""
    id: Key[str]
    name: str
'''
CRM = """
from franca import Application, Key, Table
from model import Person

crm = Application("crm")

class Cust(Table):
    num: Key[str]
    name: str

@crm.maps
def person(cust: Cust) -> Person:
    return Person(id=cust.num, name=cust.name)
"""


def _project(folder: Path, **modules: str) -> Path:
    (folder / "franca.toml").write_text("")
    for name, text in {"model": MODEL, "crm": CRM, **modules}.items():
        (folder / f"{name}.py").write_text(text)
    return folder


def test_a_project_is_its_entities_and_applications(tmp_path: Path) -> None:
    """Every module beside franca.toml counts."""
    project = load(_project(tmp_path))

    assert [a.name for a in project.applications] == ["crm"]
    assert [e.__name__ for e in project.entities] == ["Person"]
    assert project.problems() == []


def test_two_projects_with_modules_of_the_same_name_do_not_mix(tmp_path: Path) -> None:
    """Tests and tools load several projects in one process."""
    first, second = tmp_path / "a", tmp_path / "b"
    first.mkdir()
    second.mkdir()
    load(_project(first))

    project = load(_project(second, crm=CRM.replace('"crm"', '"erp"')))

    assert [a.name for a in project.applications] == ["erp"]


def test_what_a_module_prints_is_no_result(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Standard output is the command's: events, rows, JSON."""
    load(_project(tmp_path, noise="print('hello')\n"))

    assert capsys.readouterr() == ("", "hello\n")


def test_every_module_that_fails_is_named_at_its_line(tmp_path: Path) -> None:
    """One run shows all broken files."""
    folder = _project(tmp_path, crm="import nothing_like_this\n", other="\n\n1 / 0\n")

    with pytest.raises(DefinitionError) as caught:
        load(folder)

    assert [(Path(p.file).name, p.line) for p in caught.value.problems] == [("crm.py", 1), ("other.py", 3)]


def _all_of(folder: Path) -> list[tuple[str, int, str]]:
    """Return what loading a folder says: file, line, and path of each problem."""
    with pytest.raises(DefinitionError) as caught:
        load(folder)
    assert all(problem.remedy for problem in caught.value.problems)
    return [(Path(p.file).name, p.line, p.path) for p in caught.value.problems]


BROKEN = (
    MODEL.replace("name: str", "name: complex")
    + """
class Firm(Entity):
    id: Key[str]

class Company(Entity, name="firm"):
    id: Key[str]
"""
)


def test_model_and_mappings_tell_their_problems_together(tmp_path: Path) -> None:
    """Who has mended the model is not shown then what was wrong in the mappings all along."""
    shown = CRM.replace("name=cust.name", 'name=f"{cust.name}"')

    assert _all_of(_project(tmp_path, model=BROKEN, crm=shown)) == [
        ("crm.py", 13, "person"),
        ("model.py", 7, "Person.name"),
        ("model.py", 9, "Firm"),
    ]


def test_a_broken_module_hides_no_problem_of_the_others(tmp_path: Path) -> None:
    """What the broken file would have declared is not said to be missing."""
    folder = _project(tmp_path, model=BROKEN, erp="import nothing_like_this\n")
    (folder / "franca.toml").write_text("[applications.erp]\nepoch = 2\n")

    assert [path for *_, path in _all_of(folder)] == ["erp", "Person.name", "Firm"]


def test_a_module_that_several_import_is_told_once(tmp_path: Path) -> None:
    """At its own place, whoever met it first."""
    assert _all_of(_project(tmp_path, model=MODEL + "class :\n")) == [("model.py", 8, "model")]


RUNS_ITSELF = """
import subprocess, sys
subprocess.run([sys.executable, "-m", "franca", "--project", {folder!r}, "check"], check=True)
"""


def test_what_is_refused_while_a_module_is_imported_has_its_line(tmp_path: Path) -> None:
    """Whatever refuses it: also what knows no place, as it makes no class."""
    _project(tmp_path, own="from franca import view\n\nwrong = view(\n    3,\n)\n", others="import own\n")

    with pytest.raises(DefinitionError) as caught:
        load(tmp_path)

    (problem,) = caught.value.problems
    assert (problem.file, problem.line) == (str(tmp_path / "own.py"), 3)
    assert problem.reason == "its SQL is 3, expected a text"


def test_a_module_that_runs_franca_does_not_begin_again_and_again(tmp_path: Path) -> None:
    """The command within ends at once and says why; the module's own problem is that it failed."""
    folder = _project(tmp_path, job=RUNS_ITSELF.format(folder=str(tmp_path)))
    assert [(name, line, path) for name, line, path in _all_of(folder) if path == "job"] == [
        ("job.py", 3, "job")
    ]

    (folder / "job.py").unlink()
    assert not load(folder).problems()


def test_an_entity_called_as_events_of_another_is_a_problem(tmp_path: Path) -> None:
    """The lake has both under one name: `franca query` would not know which is meant."""
    events = "\nclass PersonEvents(Entity):\n    id: Key[str]\n"
    with pytest.raises(DefinitionError, match="as the lake calls the events of 'person'") as caught:
        load(_project(tmp_path, model=MODEL + events))
    assert [problem.path for problem in caught.value.problems] == ["PersonEvents"]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("person_pkey", "PostgreSQL calls the index of the key of 'person'"),
        ("dog_owner_link", "the store calls the index of 'dog.owner'"),
        ("a" * 58 + "_pkey", f"PostgreSQL calls the index of the key of '{'a' * 63}'"),
    ],
)
def test_an_entity_called_as_an_index_of_the_store_is_a_problem(tmp_path: Path, name: str, told: str) -> None:
    """PostgreSQL has both under one name: the table would never be made."""
    other = f'''
class Dog(Entity):
    id: Key[str]
    owner: Annotated[str, Link("person")]

class Long(Entity, name="{"a" * 63}"):
    id: Key[str]

class Odd(Entity, name="{name}"):
    id: Key[str]
'''
    model = "from typing import Annotated\nfrom franca import Link\n" + MODEL + other
    with pytest.raises(DefinitionError, match=f"is called '{name}', as {told}") as caught:
        load(_project(tmp_path, model=model))
    assert [problem.path for problem in caught.value.problems] == ["Odd"]


def test_two_applications_of_one_name_are_told_with_their_places(tmp_path: Path) -> None:
    """The second one is shown, and says where the first is."""
    with pytest.raises(DefinitionError) as caught:
        load(_project(tmp_path, erp=CRM))

    problem = caught.value.problems[0]
    assert (Path(problem.file).name, problem.line) == ("erp.py", 5)
    assert "crm.py:5" in problem.reason


def test_a_table_of_a_broken_mapping_is_no_unknown_table(tmp_path: Path) -> None:
    """Settings of a table stand for it whether its mappings are right or not."""
    _project(tmp_path, crm=CRM.replace("name=cust.name", "name=cust.nam"))
    (tmp_path / "franca.toml").write_text("[applications.crm.tables.cust]\ntopic = 'x'\n")

    (problem,) = load(tmp_path).problems()

    assert problem.path == "person"


def test_an_entity_with_two_lineages_is_refused_for_now(tmp_path: Path) -> None:
    """Two tables that feed one entity would overwrite each other."""
    project = load(_project(tmp_path, erp=CRM.replace('"crm"', '"erp"').replace("crm", "erp")))

    (problem,) = project.problems()

    assert "has a lineage already" in problem.reason


def test_a_link_to_what_is_no_entity_is_a_problem(tmp_path: Path) -> None:
    """A name in a link is looked up once all modules are there."""
    model = MODEL.replace("import Entity, Key", "import Entity, Key, Link\nfrom typing import Annotated")
    model = model.replace("name: str", 'name: Annotated[str, Link("Persn")]')

    (problem,) = load(_project(tmp_path, model=model)).problems()

    assert problem.path == "Person.name"
    assert (Path(problem.file).name, problem.line) == ("model.py", 8)
    assert problem.reason == "links to 'Persn', which is no entity"
    assert problem.remedy == "expected one of ['person']"


def test_a_link_within_a_list_or_a_nested_value_is_looked_up_too(tmp_path: Path) -> None:
    """Else the tests of data would be the first to miss its target."""
    nested = """
from typing import Annotated
from franca import Link, Value
class Place(Value):
    city: Annotated[str, Link("citty")]
class Firm(Entity):
    id: Key[str]
    people: list[Annotated[str, Link("persn")]]
    places: list[Place]
    place: Place
"""
    problems = load(_project(tmp_path, model=MODEL + nested)).problems()

    assert sorted((each.path, each.reason.split()[2]) for each in problems) == [
        ("Firm.people[]", "'persn',"),
        ("Firm.place.city", "'citty',"),
        ("Firm.places[].city", "'citty',"),
    ]


def test_a_table_whose_name_kafka_can_not_have_needs_a_topic(tmp_path: Path) -> None:
    """Umlauts are common in names of tables; the class or the settings say another topic."""
    umlaut = CRM.replace("Cust(Table)", 'Cust(Table, name="AUFTRÄGE")')
    told = umlaut.replace('"AUFTRÄGE"', '"AUFTRÄGE", topic="orders.*"')

    (problem,) = load(_project(tmp_path, crm=umlaut)).problems()

    assert (Path(problem.file).name, problem.line) == ("crm.py", 7)
    assert "'raw.crm.AUFTRÄGE'" in problem.reason
    assert "topic=" in problem.remedy
    assert load(_project(tmp_path, crm=told)).problems() == []


def test_a_version_number_grows_with_each_published_hash(tmp_path: Path) -> None:
    """Going back to earlier mappings is a new version too."""
    versions = Versions(tmp_path)

    numbers = [versions.publish("crm", h) for h in ("aa", "aa", "bb", "aa")]

    assert numbers == [1, 1, 2, 3]
    assert Versions(tmp_path).number("crm", "aa") == 3
    assert Versions(tmp_path).number("crm", "cc") == 4


def test_only_applications_that_have_mappings_have_versions(tmp_path: Path) -> None:
    """A module of tables alone has nothing that could be numbered, and writes no file."""
    folder = _project(tmp_path, crm=CRM.partition("@crm.maps")[0])
    load(folder).publish_versions()
    assert not (folder / "contracts").exists()

    load(
        _project(tmp_path, erp='from franca import Application\nerp = Application("erp")\n')
    ).publish_versions()

    assert list(json.loads((folder / "contracts" / "mappings.json").read_text())) == ["crm"]


def test_a_mistake_in_the_settings_does_not_hide_those_of_the_modules(tmp_path: Path) -> None:
    """All problems at once; what the file leaves out of the project stays out of it."""
    folder = _project(tmp_path, crm=CRM.replace("cust.name", "cust.nam"), scratch="1 / 0\n")
    settings = 'modules = ["model", "crm"]\nmodles = 1\n[kafka]\nport = 1\n'
    (folder / "franca.toml").write_text(settings)

    with pytest.raises(DefinitionError) as caught:
        load(folder)

    told = [(Path(each.file).name, each.line, each.path) for each in caught.value.problems]
    assert told == [("franca.toml", 2, "franca.toml"), ("franca.toml", 4, "kafka"), ("crm.py", 13, "person")]


@pytest.mark.parametrize("settings", ["modules = 7\n", "modules = [\n"])
def test_where_the_settings_do_not_tell_the_modules_none_is_imported(settings: str, tmp_path: Path) -> None:
    """A file beside them may be anything."""
    folder = _project(tmp_path, scratch="1 / 0\n")
    (folder / "franca.toml").write_text(settings)

    with pytest.raises(DefinitionError) as caught:
        load(folder)

    assert {Path(each.file).name for each in caught.value.problems} == {"franca.toml"}


def test_a_damaged_versions_file_is_told(tmp_path: Path) -> None:
    """It is under version control: the remedy is there."""
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts" / "mappings.json").write_text("{")

    with pytest.raises(DefinitionError, match="version control"):
        Versions(tmp_path)


def test_settings_of_what_nobody_declared_are_problems(tmp_path: Path) -> None:
    """A misspelt application, table, pipeline, topic or format would silently do nothing."""
    _project(tmp_path)
    (tmp_path / "franca.toml").write_text(
        "[applications.crn]\nepoch = 2\n[applications.crm]\nformat = 'debezum'\n"
        "[applications.crm.tables.cost]\ntopic = 'x'\n[pipelines.lak]\nworkers = 2\n"
        "[topic.persn]\npartitions = 2\n[topic.person]\npartitions = 2\n"
    )
    problems = load(tmp_path).problems()
    assert [(problem.path, problem.line) for problem in problems] == [
        ("applications.crn", 1),
        ("applications.crm.format", 4),
        ("applications.crm.tables.cost", 5),
        ("pipelines.lak", 7),
        ("topic.persn", 9),
    ]
    assert {problem.file for problem in problems} == {str(tmp_path / "franca.toml")}
    assert all(problem.remedy for problem in problems)


@pytest.mark.parametrize(
    "setting",
    [
        "[topics]\npartitions = 0",
        "[topics]\nraw_retention_hours = -2",
        "[topics]\nevent_retention_hours = 9999999999",
        "[topic.person]\nretention_hours = -2",
        "[lake]\nkeep_hours = 9999999999",
        "[run]\nmetrics_port = 99999",
        "[pipelines.lake]\nbatch_records = 0",
    ],
)
def test_a_setting_out_of_its_range_is_told(tmp_path: Path, setting: str) -> None:
    """It would fail later, elsewhere, in a client's words."""
    _project(tmp_path)
    (tmp_path / "franca.toml").write_text(setting)
    with pytest.raises(DefinitionError, match="expected"):
        load(tmp_path)
