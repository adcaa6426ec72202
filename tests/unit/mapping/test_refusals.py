"""What a body can't say is refused at its own line, with the remedy."""

import copy
import datetime as dt
import os
import random
import time
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from franca.errors import DefinitionError
from franca.mapping.application import Application
from franca.mapping.words.choice import codes, given, when
from franca.mapping.words.text import join, pad, substring, trim
from franca.model.entity import Entity, Table
from franca.model.markers import Key

Bodies = list[tuple[str, Callable[[Any], Any], str]]


class Cust(Table):
    """A table for the bodies below."""

    num: Key[str]
    name: str | None
    age: int
    born: date


class Person(Entity):
    """An entity for the bodies below."""

    id: Key[str]
    name: str | None = None


def made(value: Any) -> Person:
    """Return the entity with a value that may be anything."""
    return Person(id="x", name=value)


def swallowed(cust: Any) -> Any:
    """Try to hide a refusal."""
    try:
        return "a" if cust.num else "b"
    except Exception:  # noqa: BLE001  # on purpose
        return "c"


def helper(value: Any) -> Any:
    """Test for None in a helper."""
    if value is None:
        return "none"
    return value


def looped(cust: Any) -> Any:
    """Loop over a value of the row."""
    found = []
    for letter in cust.num:
        found += letter
    return found


def matched(cust: Any) -> Any:
    """Match a value of the row with None."""
    match cust.name:
        case None:
            return "none"
        case _:
            return "some"


def classed(cust: Any) -> Any:
    """Match a value of the row with a class."""
    match cust.name:
        case str():
            return "text"
        case _:
            return "none"


def walrus(cust: Any) -> Any:
    """Name a value in the test."""
    return "none" if (name := cust.name) is None else name


BODIES: Bodies = [
    ("is None", lambda c: "none" if c.name is None else c.name, "is_null"),
    ("is not None", lambda c: c.name if c.name is not None else "none", "is_null"),
    ("is None as a value", lambda c: when(c.name is None, "a", "b"), "is_null"),
    ("is of two columns", lambda c: when(c.name is c.num, "a", "b"), "is_null"),
    ("is None of a word", lambda c: "none" if trim(c.name) is None else "some", "is_null"),
    ("is None in a helper", lambda c: helper(c.name), "is_null"),
    ("is None in a lambda of given", lambda c: given(c.name, lambda n: "x" if n is None else n), "is_null"),
    ("is None of getattr", lambda c: "x" if getattr(c, "na" + "me") is None else "y", "is_null"),
    ("is None of a name", walrus, "is_null"),
    ("match None", matched, "is_null"),
    ("match a class", classed, "class"),
    ("== None", lambda c: when(c.name == None, "a", "b"), "is_null"),  # noqa: E711  # on purpose
    ("!= None", lambda c: when(c.name != None, "a", "b"), "not_null"),  # noqa: E711  # on purpose
    ("if", lambda c: "a" if c.num else "b", "when"),
    ("if of a comparison", lambda c: "a" if c.num == "1" else "b", "when"),
    ("and", lambda c: when(c.age > 1 and c.age < 5, "a", "b"), "&"),
    ("or", lambda c: c.name or "x", "when"),
    ("not", lambda c: when(not c.name, "a", "b"), "not_"),
    ("a chained comparison", lambda c: when(1 < c.age < 5, "a", "b"), "between"),
    ("in a tuple", lambda c: when(c.num in ("1", "2"), "a", "b"), "one_of"),
    ("in a set", lambda c: when(c.num in {"1", "2"}, "a", "b"), "codes"),
    ("in a column", lambda c: when("1" in c.num, "a", "b"), "contains"),
    ("a dict's key", lambda c: {"M": "Male"}[c.num], "codes"),
    ("dict.get", lambda c: {"M": "Male"}.get(c.num), "codes"),
    ("a loop", looped, "split"),
    ("unpacking", lambda c: join("", *c.num), "split"),
    ("an f-string", lambda c: f"CUST{c.num}", "+"),
    ("str", lambda c: "CUST" + str(c.num), "as_text"),
    ("format", lambda c: "{}".format(c.num), "+"),  # noqa: UP032  # on purpose
    ("percent", lambda c: "%s" % c.num, "+"),  # noqa: UP031  # on purpose
    ("repr", lambda c: "CUST" + repr(c.num), "repr"),
    ("repr in an f-string", lambda c: f"CUST{c.num!r}", "repr"),
    ("repr of the row", lambda c: repr(c), "repr"),
    ("repr of a list", lambda c: f"{[c.num]}", "repr"),
    ("repr in a word's option", lambda c: codes(c.num, {"a": repr(c.name)}), "repr"),
    ("len", lambda c: len(c.num), "length"),
    ("int", lambda c: int(c.num), "integer"),
    ("float", lambda c: float(c.num), "floating"),
    ("a slice", lambda c: c.num[1:3], "substring"),
    ("a method", lambda c: c.num.strip(), "trim"),
    ("another method", lambda c: c.num.encode(), "apply"),
    ("an attribute of a date", lambda c: c.born.year, "year(x)"),
    ("isinstance", lambda c: "a" if isinstance(c.num, str) else "b", "class"),
    ("hash", lambda c: hash(c.num), "hash"),
    ("a set", lambda c: {c.num}, "codes"),
    ("a copy", lambda c: copy.copy(c.num), "copied"),
    ("sorted", lambda c: sorted([c.num, c.name]), "when"),
    ("max", lambda c: max(c.num, c.name), "when"),
    ("an unknown column", lambda c: c.nam, "'name'"),
    ("the row as a value", lambda c: c + "x", "unsupported operand"),
    ("the row iterated", lambda c: list(c), "columns"),
    ("a wrong type", lambda c: c.num + c.age, "as_text"),
    ("a swallowed refusal", swallowed, "when"),
    ("now", lambda c: str(datetime.now(UTC)), "datetime.now"),
    ("today", lambda c: str(dt.date.today()), "date.today"),
    ("time", lambda c: str(time.time()), "time.time"),
    ("random", lambda c: str(random.random()), "random"),
    ("random choice", lambda c: random.choice(["a", "b"]), "random.choice"),
    ("uuid4", lambda c: str(uuid.uuid4()), "uuid.uuid4"),
    ("open", lambda c: open("/etc/hostname").read(), "open"),  # noqa: SIM115, PTH123  # on purpose
    ("a path", lambda c: Path("/etc/hostname").read_text(), "pathlib"),
    ("the environment", lambda c: os.environ["HOME"], "os."),
    ("getenv", lambda c: os.getenv("HOME"), "os.getenv"),
    ("hash of text", lambda c: str(hash("x")), "hash"),
    ("a word's wrong constant", lambda c: pad(c.num, 0, "0"), "1 or more"),
    ("a word's constant from the row", lambda c: substring(c.num, c.age), "constant"),
    ("an error of its own", lambda c: 1 // 0, "ZeroDivisionError"),
    ("something unsupported", lambda c: object(), "object"),
]


@pytest.mark.parametrize(("body", "remedy"), [each[1:] for each in BODIES], ids=[each[0] for each in BODIES])
def test_what_cannot_be_traced_is_refused_at_its_line_with_the_remedy(
    body: Callable[[Any], Any], remedy: str
) -> None:
    """The message names the remedy, and the problem this file."""
    application = Application("crm")

    @application.maps
    def person(cust: Cust) -> Person:
        return made(body(cust))

    with pytest.raises(DefinitionError) as caught:
        application.check()
    problem = caught.value.problems[0]
    assert remedy in str(problem)
    assert problem.file == __file__
    assert problem.line > 0
    with pytest.raises(DefinitionError):
        person(Cust(num="1", name=None, age=1, born=date(2000, 1, 1)))


def test_the_problem_is_at_the_line_of_the_refused_expression() -> None:
    """A helper's problem is at the helper's line."""
    application = Application("crm")

    @application.maps
    def person(cust: Cust) -> Person:
        return made(helper(cust.name))

    assert application.problems()[0].line == helper.__code__.co_firstlineno + 2


ALLOWED: Bodies = [
    ("a loop over constants", lambda c: join("", *[c.num + letter for letter in "abc"]), "1a1b1c"),
    ("is None of a constant", lambda c: optional(c.num), "1"),
    ("an f-string of constants", lambda c: f"{1 + 1}" + c.num, "21"),
    ("a dict of constants", lambda c: {"a": "b"}["a"] + c.num, "b1"),
    ("a constant date", lambda c: str(date(2000, 1, 1)), "2000-01-01"),
    ("a formatted constant", lambda c: datetime(2000, 1, 1, tzinfo=UTC).strftime("%Y"), "2000"),
    ("a constant condition", lambda c: "a" if len("abc") == 3 and c is not None else "b", "a"),
]


def optional(value: Any, prefix: str | None = None) -> Any:
    """Test an argument that is a constant."""
    return value if prefix is None else prefix + value


@pytest.mark.parametrize(("body", "gives"), [each[1:] for each in ALLOWED], ids=[each[0] for each in ALLOWED])
def test_python_on_constants_is_allowed(body: Callable[[Any], Any], gives: str) -> None:
    """Loops, tests and formatting of what is no value of the row are part of the tree's making."""
    application = Application("crm")

    @application.maps
    def person(cust: Cust) -> Person:
        return made(body(cust))

    assert person(Cust(num="1", name=None, age=1, born=date(2000, 1, 1))).name == gives


def test_a_body_that_says_different_things_is_refused() -> None:
    """Two traces are compared."""
    application = Application("crm")
    seen: list[str] = []

    @application.maps
    def person(cust: Cust) -> Person:
        seen.append("x")
        return made("x" * len(seen))

    assert "each time" in application.problems()[0].reason
