"""The shell completes what the project declares, and stays silent whatever is wrong."""

import os
import subprocess
from pathlib import Path

import msgspec
import pytest

from franca.config.project import load
from franca.operations.publication import entity_versions, publish
from tests.command import forked


def complete(folder: Path, *words: str) -> list[str]:
    """Return what bash is offered for the last of the words."""
    asked = {"_FRANCA_COMPLETE": "complete_bash", "COMP_CWORD": str(len(words))}
    asked["COMP_WORDS"] = " ".join(("franca", *words))
    done = subprocess.run(
        forked(),
        cwd=folder,
        env={**os.environ, **asked},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout.split()


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """Give the project that `franca new` writes, with a profile and a module that prints."""
    command = forked("new", str(tmp_path / "bank"))
    subprocess.run(command, check=True, capture_output=True)
    with (tmp_path / "bank" / "franca.toml").open("a") as settings:
        settings.write("[profile.prod.topics]\npartitions = 24\n")
    (tmp_path / "bank" / "noise.py").write_text("print('noise')\n")
    _publish_others(tmp_path / "bank")
    return tmp_path / "bank"


def _publish_others(folder: Path) -> None:
    """Publish a contract that no mapping gives, and one that said other things of an individual."""
    project = load(folder)
    publish(project, entity_versions(project))
    path = folder / "contracts" / "individual.json"
    schema = msgspec.json.decode(path.read_bytes())
    gone = {**schema, "title": "gone", "$id": "gone/1"}
    (folder / "contracts" / "gone.json").write_bytes(msgspec.json.encode(gone))
    del schema["properties"]["gender"]["enum"][0]
    path.write_bytes(msgspec.json.encode(schema))


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("map", "crm."), ["crm.cust"]),
        (("send", ""), ["crm.cust"]),
        (("run", "crm."), ["crm.archive", "crm.on-ramp"]),
        (("run", "crm.archive", "l"), ["lake"]),
        (("dead-letters", "list", "--application", "c"), ["crm"]),
        (("--profile", "p"), ["prod"]),
        (("migrate", "--retire", ""), ["gone/1"]),
        (("migrate", "--accept", "i"), ["individual.gender"]),
        (("decode", "--format", "d"), ["dataworks", "debezium", "dms"]),
        (("import-tables", "--format", "c"), ["canal", "copybook", "csv"]),
        (("views", "show", "individual_w"), ["individual_with_counts"]),
        (("views", "show", "individual", "--dialect", "s"), ["spark", "snowflake"]),
        (("chec",), ["check"]),
    ],
)
def test_names_of_the_project_are_offered(bank: Path, words: tuple[str, ...], offered: list[str]) -> None:
    """Nobody has to remember how a pipeline is called."""
    assert complete(bank, *words) == offered


def test_a_project_that_can_not_be_loaded_offers_nothing(bank: Path, tmp_path: Path) -> None:
    """A half-typed line is no place for a trace."""
    assert complete(tmp_path, "map", "c") == []
    assert complete(tmp_path, "--profile", "p") == []
    (bank / "crm.py").write_text("crm = \n")
    assert complete(bank, "run", "c") == []


def test_the_project_that_is_named_is_asked(bank: Path, tmp_path: Path) -> None:
    """Its folder stands before the command."""
    assert complete(tmp_path, "--project", str(bank), "map", "c") == ["crm.cust"]
