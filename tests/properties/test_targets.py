"""Generated mappings on generated rows: the stream's Python and the backfill's SQL give the same."""

import datetime as dt
import os
import string
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, reject, settings
from hypothesis import strategies as st

from franca.errors import DefinitionError, MapError
from franca.mapping.application import Application
from franca.mapping.mapping import Mapping
from franca.mapping.python.leaves import leaf_of
from franca.mapping.python.words import STRICT, WHOLE
from franca.mapping.reference import Reference
from franca.mapping.tree import Call, walk
from franca.mapping.words import choice, identity, logic, moment, number, text
from franca.model.entity import Entity, Table
from franca.model.markers import Digits, Key
from franca.model.rows import row_type
from franca.model.shape import shape_of
from franca.testing.batch import Batch
from tests.gives import GivesText, Letter, Nested, gives

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
PER_WORD = 200 if LONG else 2
ROWS = 8 if LONG else 4
PHASES = tuple(Phase) if LONG else (Phase.explicit, Phase.reuse, Phase.generate)
"""Shrinking a failure takes minutes: a long run does it."""


class Source(Table):
    """A row of every kind, nullable and not."""

    id: Key[str]
    t1: str
    t2: str | None
    t3: str | None
    i1: int
    i2: int | None
    d1: Annotated[Decimal, Digits(12, 2)]
    d2: Annotated[Decimal | None, Digits(10, 4)]
    d3: Decimal | None
    f1: float | None
    f2: float
    b1: bool
    b2: bool | None
    day1: dt.date
    day2: dt.date | None
    clock: dt.time | None
    ts1: dt.datetime
    ts2: dt.datetime | None
    uuid: UUID | None
    letter: Letter | None


COLUMNS = {
    "text": ("t1", "t2", "t3"),
    "int": ("i1", "i2"),
    "dec": ("d1", "d2", "d3"),
    "float": ("f1", "f2"),
    "bool": ("b1", "b2"),
    "date": ("day1", "day2"),
    "time": ("clock",),
    "ts": ("ts1", "ts2"),
    "uuid": ("uuid",),
    "letter": ("letter",),
}
CONSTANTS = {
    "text": ('"a"', '""', '"Zü"', '"7"'),
    "int": ("0", "7", "-3", "100"),
    "dec": ('Decimal("0.01")', 'Decimal("-2.5")', 'Decimal("3")'),
    "float": ("0.5", "-2.0"),
    "bool": ("True", "False"),
    "date": ("dt.date(2024, 2, 29)", "dt.date(1, 1, 1)"),
    "time": ("dt.time(12, 30)",),
    "ts": ("dt.datetime(2024, 3, 31, 1, 30, tzinfo=dt.UTC)",),
    "uuid": ('UUID("2ed6657d-e927-568b-95e1-2665a8aea6a2")',),
    "letter": ("Letter.ALPHA",),
}
ZONES = ("UTC", "Europe/Zurich", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo",
         "Asia/Kolkata")  # fmt: skip
DATES = ('"%Y%m%d"', '"%d.%m.%Y"', '"%y%m%d", pivot=1930', '"%Y%j"', '"%d-%b-%Y"')
STAMPS = ('"%Y-%m-%d %H:%M:%S"', '"%Y%m%d%H%M%S.%f"', '"%d.%m.%y", pivot=1950')

TEMPLATES: dict[str, dict[str, list[str]]] = tomllib.loads(
    (Path(__file__).parent / "templates.toml").read_text()
)
PYTHON_ONLY = {"apply"}
WORDS = sorted((set(STRICT) | set(WHOLE)) - PYTHON_ONLY)
NAMES: dict[str, Any] = {
    name: value
    for module in (choice, identity, logic, moment, number, text)
    for name, value in vars(module).items()
    if not name.startswith("_") and callable(value)
}
NAMES |= {"Letter": Letter, "Nested": Nested, "Decimal": Decimal, "UUID": UUID, "dt": dt}
NAMES |= {"reference": Reference({"a": "Alpha", "7": "seven", "": "blank"})}


@st.composite
def expressions(draw: st.DrawFn, kind: str, depth: int) -> str:
    """Return the Python text of an expression of a kind: a column, a constant, or a word on further ones."""
    if depth == 0 or kind not in TEMPLATES:
        return draw(st.sampled_from([f"row.{name}" for name in COLUMNS[kind]] * 2 + list(CONSTANTS[kind])))
    word = draw(st.sampled_from(sorted(TEMPLATES[kind])))
    return draw(filled(draw(st.sampled_from(TEMPLATES[kind][word])), depth - 1))


@st.composite
def filled(draw: st.DrawFn, template: str, depth: int) -> str:
    """Return a template with its holes filled."""
    constants = {"zone": ZONES, "date_pattern": DATES, "stamp_pattern": STAMPS}
    done = []
    for before, hole, _, _ in string.Formatter().parse(template):
        done.append(before)
        if hole in constants:
            done.append(draw(st.sampled_from(constants[hole])))
        elif hole is not None:
            done.append(f"({draw(expressions(hole, draw(st.integers(0, depth))))})")
    return "".join(done)


TRICKY = [
    "",
    "a",
    "7",
    "A",
    " a ",
    "-",
    "a-b",
    "007",
    "-7",
    "1.5",
    "1.50",
    "00",
    "Zü",
    "ß",
    "a\n",
    "\ta",
    "𝄞a",
    "1_0",
]
TRICKY += [
    "20240229",
    "20230229",
    "00000101",
    "29.02.2024",
    "240229",
    "2024366",
    "01-jan-2024",
    "31-FEB-2024",
]
TRICKY += ["2024-03-31 02:30:00", "2024-10-27 02:30:00", "20241027013000.5", "27.10.24", "123456", "240000"]
TRICKY += ["12:30:00.25", "2ED6657D-e927-568b-95e1-2665a8aea6a2", "Alpha", "9999999999999999999", "1e3", "+7"]
texts = st.sampled_from(TRICKY) | st.text("aAzZß 0179-+.,_:\t\né𝄞", max_size=8)
EDGES = [0, 1, -1, 7, 100, 2024, 2**63 - 1, -(2**63), 253402300799, 1709210096123457, -7]
integers = st.sampled_from(EDGES) | st.integers(-(2**63), 2**63 - 1) | st.integers(-50, 50)
floats = st.floats(allow_nan=False, allow_infinity=False)
moments = st.datetimes(timezones=st.just(dt.UTC)) | st.datetimes(
    dt.datetime(2018, 1, 1), dt.datetime(2025, 1, 1), timezones=st.just(dt.UTC)
)


def decimals(digits: int, places: int) -> st.SearchStrategy[Decimal]:
    """Return decimals of so many digits, ties among them."""
    most = 10**digits - 1
    wide = st.integers(-most, most) | st.integers(-999, 999).map(lambda n: n * 5)
    return wide.map(lambda n: Decimal(n).scaleb(-places))


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "t": texts,
    "i": integers,
    "d1": decimals(12, 2),
    "d2": decimals(10, 4),
    "d3": decimals(28, 18),
    "f": floats,
    "b": st.booleans(),
    "day": st.dates(),
    "clock": st.times(),
    "ts": moments,
    "uuid": st.uuids(),
    "letter": st.sampled_from(Letter),
}


@st.composite
def rows(draw: st.DrawFn) -> dict[str, Any]:
    """Return a row of the table, with nulls where they may be."""
    row: dict[str, Any] = {}
    for field in shape_of(Source).fields:
        values = VALUES.get(field.name, VALUES.get(field.name.rstrip("123"), st.just("1")))
        row[field.name] = draw(st.none() | values if field.nullable else values)
    return row


def defined(
    body: str, where: str | None, entity: type[Entity], *, is_list: bool = False
) -> Mapping[Any, Any]:
    """Define a mapping from its body's text. Raises DefinitionError."""
    names: dict[str, Any] = {**NAMES, "made": entity}
    exec(f"def case(row):\n    return {body}\ndef where(row):\n    return {where}", names)
    names["case"].__annotations__ = {"row": Source, "return": list[entity] if is_list else entity}  # type: ignore[valid-type]  # a value
    application = Application("laws")
    condition = names["where"] if where else None
    maps: Any = application.maps(Source, where=condition) if condition else application.maps
    mapping: Mapping[Any, Any] = maps(names["case"])
    application.check()
    return mapping


def streamed(mapping: Mapping[Any, Any], row: dict[str, Any]) -> list[object]:
    """Return what the generated Python makes of a row: subjects and values, or the problem."""
    decoded = row_type(Source, list(row))(**row)
    try:
        events = mapping.compiled().events(decoded)
    except MapError as error:
        return [("problem", error.code)]
    return [(subject, data.value) for subject, data in events]  # type: ignore[attr-defined]  # made at run time


def backfilled(
    batch: Batch, mapping: Mapping[Any, Any], given_rows: list[dict[str, Any]]
) -> list[list[object]]:
    """Return the same of the SQL."""
    found: list[list[object]] = [[] for _ in given_rows]
    field = shape_of(mapping.entity).field("value")
    for made in batch.run(mapping, given_rows):
        value = made.data["value"]
        ready = None if value is None else leaf_of(field)(value)
        found[made.row].append(("problem", made.problem[1]) if made.problem else (made.subject, ready))
    return [_first_problem(each) for each in found]


def _first_problem(made: list[Any]) -> list[object]:
    """A problem in one item of a list is the mapping's problem; a repeated key is looked for last."""
    problems = [each for each in made if each[0] == "problem"]
    problems.sort(key=lambda each: each[1] == "repeated-key")
    return problems[:1] or made


@pytest.fixture(scope="module")
def batch() -> Iterator[Batch]:
    """One DuckDB for all examples."""
    made = Batch()
    yield made
    made.close()


CHECKS = [HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much, HealthCheck.too_slow]


@pytest.mark.parametrize("word", WORDS)
@settings(max_examples=PER_WORD, phases=PHASES, deadline=None, suppress_health_check=CHECKS)
@given(data=st.data())
def test_python_and_sql_agree_on_every_word(word: str, batch: Batch, data: st.DataObject) -> None:
    """Whatever a word is applied to, and whatever the row holds, both targets give the same."""
    choices = [(kind, each) for kind, words in TEMPLATES.items() for each in words.get(word, ())]
    kind, template = data.draw(st.sampled_from(choices))
    body = f"made(id=row.id, value={data.draw(filled(template, 2))})"
    given_rows = data.draw(st.lists(rows(), min_size=ROWS, max_size=ROWS))
    try:
        mapping = defined(body, None, gives(kind))
    except DefinitionError:
        reject()
    expected = [streamed(mapping, row) for row in given_rows]
    assert backfilled(batch, mapping, given_rows) == expected


@settings(max_examples=PER_WORD * 6, phases=PHASES, deadline=None, suppress_health_check=CHECKS)
@given(data=st.data())
def test_python_and_sql_agree_on_conditions_and_lists(batch: Batch, data: st.DataObject) -> None:
    """Rows that a condition leaves out are left out by both, and lists have the same items."""
    where = data.draw(st.none() | expressions("bool", 2))
    items = data.draw(
        st.lists(
            st.tuples(
                expressions("text", 1),
                st.none() | expressions("bool", 1),
                st.sampled_from(['row.id + "/{place}"', 'first(row.t2, "a")', "row.t1"]),
            ),
            min_size=1,
            max_size=3,
        )
    )
    bodies = []
    for place, (value, condition, key) in enumerate(items):
        made = f"made(id={key.format(place=place)}, value={value})"
        bodies.append(made if condition is None else f"when({condition}, {made}, None)")
    given_rows = data.draw(st.lists(rows(), min_size=ROWS, max_size=ROWS))
    try:
        mapping = defined(f"[{', '.join(bodies)}]", where, GivesText, is_list=True)
    except DefinitionError:
        reject()
    expected = [streamed(mapping, row) for row in given_rows]
    assert backfilled(batch, mapping, given_rows) == expected


def test_every_word_has_a_template_that_shows_it() -> None:
    """The laws hold for the whole vocabulary or they do not hold."""
    for kind, words in TEMPLATES.items():
        for word, templates in words.items():
            for template in templates:
                holes = {name: f"row.{names[-1]}" for name, names in COLUMNS.items()}
                holes |= {"zone": "UTC", "date_pattern": DATES[0], "stamp_pattern": STAMPS[0]}
                mapping = defined(f"made(id=row.id, value={template.format(**holes)})", None, gives(kind))
                nodes = [node for each in mapping.tree.expressions() for node in walk(each)]
                assert word in {node.word for node in nodes if isinstance(node, Call)}, template
    assert {word for words in TEMPLATES.values() for word in words} >= set(WORDS)
