"""Every word's hand-written expectations, for every target that can express it."""

import datetime as dt
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import pytest

from franca.errors import DefinitionError, MapError
from franca.mapping.application import Application
from franca.mapping.mapping import Mapping
from franca.mapping.python.leaves import leaf_of
from franca.mapping.python.words import STRICT, WHOLE
from franca.mapping.reference import Reference
from franca.mapping.sql.dialects import DIALECTS
from franca.mapping.tree import Call, walk
from franca.mapping.words import choice, identity, logic, moment, number, text
from franca.model.entity import Entity, Table, Value
from franca.model.field import Field
from franca.model.kind import Kind
from franca.model.markers import Digits, Key
from franca.model.rows import row_type
from franca.model.shape import Shape, shape_of
from franca.testing.batch import Batch
from tests.gives import Letter, gives

FOLDER = Path(__file__).parent / "words"
PYTHON_ONLY = {"apply"}


class Wide(Table):
    """The row of all cases: what a case does not say is null."""

    id: Key[str]
    text: str | None
    other: str | None
    third: str | None
    number: int | None
    divisor: int | None
    amount: Annotated[Decimal | None, Digits(12, 2)]
    price: Annotated[Decimal | None, Digits(10, 4)]
    huge: Annotated[Decimal | None, Digits(38, 0)]
    fine: Annotated[Decimal | None, Digits(38, 18)]
    ratio: float | None
    other_ratio: float | None
    yes: bool | None
    also: bool | None
    date: dt.date | None
    until: dt.date | None
    clock: dt.time | None
    moment: dt.datetime | None
    uuid: UUID | None
    letter: Letter | None


class Pair(Value):
    """A nested value."""

    left: str | None
    right: str | None


GIVES: dict[str, type[Entity]] = {
    "str": gives("text"),
    "int": gives("int"),
    "float": gives("float"),
    "bool": gives("bool"),
    "date": gives("date"),
    "time": gives("time"),
    "datetime": gives("ts"),
    "UUID": gives("uuid"),
    "Letter": gives("letter"),
    "list[str]": gives("list"),
}


def shout(value: str) -> str:
    """Raise on empty text, as a user's function may."""
    return value[:1] + "!" + value[1:] if value[0] else value


NAMES: dict[str, Any] = {
    name: value
    for module in (choice, identity, logic, moment, number, text)
    for name, value in vars(module).items()
    if not name.startswith("_") and callable(value)
}
NAMES |= {"Letter": Letter, "shout": shout, "districts": Reference({"1": "Praha", "2": "Brno"})}
NAMES |= {"Decimal": Decimal, "Pair": Pair}


@dataclass(frozen=True)
class Case:
    """One title, one expression, and what it gives for some rows."""

    group: str
    title: str
    expression: str
    gives: str
    refused: str | None
    targets: tuple[str, ...]
    rows: tuple[dict[str, Any], ...]

    def entity(self) -> Shape:
        """Return the entity whose field `value` holds the answer."""
        return shape_of(_decimal(self.rows) if self.gives == "Decimal" else GIVES[self.gives])

    def mapping(self) -> Mapping[Any, Any]:
        """Define the expression as a mapping."""
        entity = self.entity()
        columns = [field.name for field in shape_of(Wide).fields]
        lines = [f"    {name} = row.{name}" for name in columns if name != "id"]
        lines.append(f"    return made(id=row.id, value={self.expression})")
        names: dict[str, Any] = {**NAMES, "made": entity.cls}
        exec(compile("\n".join(["def case(row):", *lines]), f"{self.group}.toml", "exec"), names)
        names["case"].__annotations__ = {"row": Wide, "return": entity.cls}
        application = Application("cases")
        mapping: Mapping[Any, Any] = application.maps(names["case"])
        application.check()
        return mapping

    def inputs(self) -> list[dict[str, Any]]:
        """Return the rows with their values in the columns' types."""
        made = []
        for place, row in enumerate(self.rows):
            named = {field.name: _read(field, row.get(field.name)) for field in shape_of(Wide).fields}
            made.append({**named, "id": str(place + 1)})
        return made

    def expected(self) -> list[object]:
        """Return per row the JSON-ready answer, or ("problem", code)."""
        field = self.entity().field("value")
        return [_expected(field, row) for row in self.rows]


def _decimal(rows: tuple[dict[str, Any], ...]) -> type[Entity]:
    """Return an entity whose decimals have the places that the expectations show."""
    shown = next(row["gives"] for row in rows if "gives" in row)
    places = len(shown.partition(".")[2])
    answer = Annotated[Decimal | None, Digits(38, places)]

    class GivesDecimal(Entity):
        id: Key[str]
        value: answer

    return GivesDecimal


def _read(field: Field, value: Any) -> Any:
    """Return a value of a case's row in its column's type."""
    if value is None:
        return None
    readers: dict[Kind, Callable[[Any], Any]] = {
        Kind.DECIMAL: Decimal,
        Kind.DATE: dt.date.fromisoformat,
        Kind.TIME: dt.time.fromisoformat,
        Kind.TIMESTAMP: dt.datetime.fromisoformat,
        Kind.UUID: UUID,
        Kind.ENUM: Letter,
    }
    return readers.get(field.kind, lambda same: same)(value)


def _expected(field: Field, row: dict[str, Any]) -> object:
    if "problem" in row:
        return "problem", row["problem"]
    if "gives" not in row:
        assert row["null"]
        return None
    return leaf_of(field)(_read(field, row["gives"]))


def _cases() -> Iterator[Case]:
    for path in sorted(FOLDER.glob("*.toml")):
        for case in tomllib.loads(path.read_text())["case"]:
            yield Case(
                path.stem,
                case["title"],
                case["expression"],
                case.get("gives", "str"),
                case.get("refused"),
                tuple(case.get("targets", ("python", "sql"))),
                tuple(case.get("rows", ())),
            )


CASES = list(_cases())
ANSWERED = [case for case in CASES if case.refused is None]
REFUSED = [case for case in CASES if case.refused is not None]


def _id(case: Case) -> str:
    return f"{case.group}: {case.title}"


@pytest.fixture(scope="module")
def batch() -> Iterator[Batch]:
    """One DuckDB for all cases."""
    made = Batch()
    yield made
    made.close()


@pytest.mark.parametrize("case", ANSWERED, ids=_id)
def test_the_generated_python_gives_what_is_written(case: Case) -> None:
    """The stream's function answers as the definition says, row by row."""
    mapped = case.mapping().compiled().events
    row = row_type(Wide, [field.name for field in shape_of(Wide).fields])

    def answer(values: dict[str, Any]) -> object:
        try:
            ((_, data),) = mapped(row(**values))
        except MapError as error:
            return "problem", error.code
        return data.value  # type: ignore[attr-defined]  # the struct is made at run time

    assert [answer(values) for values in case.inputs()] == case.expected()


@pytest.mark.parametrize("case", [case for case in ANSWERED if "sql" in case.targets], ids=_id)
def test_the_sql_gives_what_is_written(case: Case, batch: Batch) -> None:
    """A backfill answers as the stream does."""
    field = case.entity().field("value")
    answers: list[object] = []
    for made in batch.run(case.mapping(), case.inputs()):
        value = made.data["value"]
        ready = None if value is None else leaf_of(field)(value)
        answers.append(("problem", made.problem[1]) if made.problem else ready)
    assert answers == case.expected()


@pytest.mark.parametrize("case", REFUSED, ids=_id)
def test_what_has_no_one_meaning_is_refused_when_the_mapping_is_defined(case: Case) -> None:
    """The message names what is wrong, before any row comes."""
    with pytest.raises(DefinitionError) as caught:
        case.mapping()
    assert case.refused is not None
    assert case.refused in str(caught.value)


def test_every_word_has_cases_and_every_dialect_says_it() -> None:
    """A word without written expectations is no word of the vocabulary."""
    known = set(STRICT) | set(WHOLE)
    used = {
        node.word
        for case in ANSWERED
        for expression in case.mapping().tree.expressions()
        for node in walk(expression)
        if isinstance(node, Call)
    }
    assert known - used == set()
    assert known - set(DIALECTS["duckdb"]) == PYTHON_ONLY
