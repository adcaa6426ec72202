"""Titled pairs of models, and what the difference between them means for whom: `contracts/*.md`."""

import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import franca
from franca.contracts.contract import Contract, contract_of
from franca.contracts.schema import contract_from, schema_text
from franca.contracts.verdicts import MEANINGS, Finding, judged
from franca.model.entity import Entity
from franca.model.shape import shape_of

FOLDER = Path(__file__).parent / "contracts"
_CASE = re.compile(
    r"^## (?P<title>.+?)\n+```python\n(?P<before>.*?)```\n+"
    r"```python\n(?P<after>.*?)```\n+```text\n(?P<told>.*?)```",
    re.DOTALL | re.MULTILINE,
)
_START = """
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Annotated
from uuid import UUID
from franca import *
class Person(Entity):
    id: Key[str]
class Firm(Entity):
    id: Key[str]
"""


class Case(NamedTuple):
    """A case of a file: two models, and the lines that are told."""

    title: str
    before: str
    after: str
    told: str


CASES = [
    Case(**found.groupdict())
    for path in sorted(FOLDER.glob("*.md"))
    for found in _CASE.finditer(path.read_text())
]


def contract(source: str) -> Contract:
    """Return the contract of the class `Thing` that some source declares."""
    names: dict[str, Any] = {"__name__": "model"}
    exec(compile(_START + source, "model.py", "exec", dont_inherit=True), names)
    entities = [each for each in names.values() if isinstance(each, type) and issubclass(each, Entity)]
    return contract_of(shape_of(names["Thing"]), [each for each in entities if each is not Entity])


def line(finding: Finding) -> str:
    """Return a finding as a case has it."""
    difference, verdicts = finding.difference, finding.verdicts
    words = [
        f"{name} {'goes on' if each.compatible else 'breaks'}" for name, each in verdicts._asdict().items()
    ]
    place = difference.path or "-"
    told = f"{difference.change} {place} [{difference.before}] [{difference.after}] "
    return (
        told
        + ", ".join(words)
        + (", may be accepted" if finding.acceptable and not finding.compatible else "")
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_a_difference_means_what_is_written(case: Case) -> None:
    """What changed is found, each once, with the verdict for topic, lake and store."""
    found = judged(contract(case.before), contract(case.after))
    assert [line(finding) for finding in found] == case.told.splitlines()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_a_contract_comes_back_from_its_file(case: Case) -> None:
    """The file says all that is compared: nothing differs between a contract and its file."""
    for source in (case.before, case.after):
        made = contract(source)
        assert contract_from(schema_text(made), "thing.json") == made


def test_every_kind_of_difference_has_its_case() -> None:
    """A verdict that no case shows is one that nobody has thought through."""
    shown = {told.partition(" ")[0] for case in CASES for told in case.told.splitlines()}
    assert set(MEANINGS) - shown == {"entity-removed"}  # of a whole project: tests/unit/config


def test_the_vocabulary_is_the_one_users_have() -> None:
    """Cases are written with what `franca` exports."""
    assert {"Entity", "Key", "Link", "Pii"} <= set(franca.__all__)
