"""Generated mappings of words that must invert, and rows that they can map."""

import datetime as dt
import string
import tomllib
from collections.abc import Iterable, Iterator
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, TypeAlias
from uuid import UUID

from hypothesis import strategies as st

from franca.mapping.application import Application
from franca.mapping.mapping import Mapping
from franca.mapping.reference import Reference
from franca.mapping.words import choice, identity, logic, moment, number, text
from franca.model.entity import Entity, Table
from franca.model.markers import Column, Digits, Key

Values: TypeAlias = st.SearchStrategy[Any]


class Letter(Enum):
    """An enumeration for the rows."""

    ALPHA = "Alpha"
    BETA = "Beta"


def doubled(value: str) -> str:
    """Write the text twice."""
    return value + value


def halved(value: str) -> str:
    """Return one half of a text written twice."""
    return value[: len(value) // 2]


def decimals(digits: int, places: int) -> Values:
    """Return decimals of so many digits, small ones among them."""
    most = 10**digits - 1
    return (st.integers(-999, 999) | st.integers(-most, most)).map(lambda n: Decimal(n).scaleb(-places))


def digits_of(width: int) -> Values:
    """Return whole numbers written with exactly so many characters, the sign among them."""
    return st.integers(1 - 10 ** (width - 1), 10**width - 1).map(lambda n: f"{n:0{width}d}")


def shown(days: Values, pattern: str) -> Values:
    """Return dates or moments as text; the year has four digits always."""
    return days.map(lambda day: day.strftime(pattern.replace("%Y", f"{day.year:04d}")))


letters = st.text("aZß .-\n*", max_size=6)
century = st.dates(dt.date(1931, 1, 1), dt.date(2029, 12, 31))
local = st.datetimes(dt.datetime(1980, 1, 1), dt.datetime(2030, 1, 1)).map(
    lambda at: at.replace(microsecond=0)
)
switches = st.sampled_from(["2024-03-31 02:30:00", "2024-10-27 02:30:00", "2024-10-27 03:00:00"])
integers = st.sampled_from([7, -1, 0, 1709210096]) | st.integers(-50, 50) | st.integers(-(2**63), 2**63 - 1)
digits = st.from_regex(r"\A[+-]?[0-9]{1,7}\Z")
amounts = st.from_regex(r"\A[+-]?[0-9]{1,6}(\.[0-9]{1,2})?\Z")
ticks = st.from_regex(r"\A([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{1,6}\Z")

CONTENTS: dict[str, tuple[Any, Values]] = {
    "text": (str, letters),
    "wide": (Annotated[str, Column(width=8)], letters.map(lambda value: value.ljust(8))),
    "left": (Annotated[str, Column(width=8)], letters.map(lambda value: value.rjust(8))),
    "fixed": (Annotated[str, Column(width=3)], st.text("aß0-\n", min_size=3, max_size=3)),
    "zeros": (Annotated[str, Column(width=6)], digits_of(6)),
    "code": (str, st.sampled_from(["a", "b", ""])),
    "title": (str, st.sampled_from(["Alpha", "Beta"])),
    "number": (str, digits),
    "amount": (str, amounts),
    "ymd": (str, shown(st.dates(), "%Y%m%d")),
    "short": (str, shown(century, "%y%m%d")),
    "named": (str, shown(century, "%d-%b-%Y")),
    "clock": (str, st.times().map(lambda time: f"{time:%H%M%S}")),
    "ticks": (str, ticks),
    "stamp": (str, switches | shown(local, "%Y-%m-%d %H:%M:%S")),
    "hex": (str, st.uuids().map(str) | st.uuids().map(lambda value: str(value).upper())),
    "int": (int, integers),
    "year": (int, st.integers(1, 9999)),
    "month": (int, st.integers(1, 12)),
    "number_of_day": (int, st.integers(1, 31)),
    "whole": (Annotated[Decimal, Digits(12, 0)], decimals(12, 0)),
    "dec": (Annotated[Decimal, Digits(10, 2)], decimals(10, 2)),
    "bool": (bool, st.booleans()),
    "date": (dt.date, st.dates()),
    "time": (dt.time, st.times()),
    "ts": (dt.datetime, st.datetimes(timezones=st.just(dt.UTC))),
    "uuid": (UUID, st.uuids()),
    "letter": (Letter, st.sampled_from(Letter)),
}
"""Each content of a column: its type and its values. A row has it twice: never null, and nullable (`_n`)."""

ZONES = ("UTC", "Europe/Zurich", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata")
SAMPLE: dict[str, Any] = {
    "text": "a*", "wide": "ab      ", "left": "      ab", "fixed": "0-ß", "zeros": "000420", "code": "b",
    "title": "Beta", "number": "007", "amount": "0.50", "ymd": "20240229", "short": "690720",
    "named": "01-Feb-2024", "clock": "233000", "ticks": "12:30:00.25",
    "stamp": "2024-03-31 02:30:00", "hex": "2ED6657D-e927-568b-95e1-2665a8aea6a2", "int": 7, "year": 2024,
    "month": 2, "number_of_day": 29, "whole": Decimal(12), "dec": Decimal("0.50"), "bool": True,
    "date": dt.date(2024, 2, 29), "time": dt.time(12, 30, 15, 250_000),
    "ts": dt.datetime(2024, 3, 31, 1, 30, tzinfo=dt.UTC),
    "uuid": UUID("2ed6657d-e927-568b-95e1-2665a8aea6a2"), "letter": Letter.BETA,
}  # fmt: skip
"""A row that every template maps."""


def _annotations() -> dict[str, Any]:
    never = {name: kind for name, (kind, _) in CONTENTS.items()}
    return {"id": Key[str], **never, **{f"{name}_n": kind | None for name, kind in never.items()}}


_made: Any = type(Table)
Source: type[Table] = _made("Source", (Table,), {"__annotations__": _annotations()})

RESULTS: dict[str, Any] = {
    "text": str,
    **dict.fromkeys(("int", "year", "month", "number_of_day"), int),
    **dict.fromkeys(("dec", "whole"), Annotated[Decimal, Digits(38, 6)]),
    "bool": bool,
    "date": dt.date,
    "time": dt.time,
    "ts": dt.datetime,
    "uuid": UUID,
    "letter": Letter,
}


def _entity(kinds: tuple[str, ...]) -> type[Entity]:
    fields = {f"value{place}": RESULTS.get(kind, str) | None for place, kind in enumerate(kinds)}
    name = "".join(kind.title() for kind in kinds)
    entity: type[Entity] = _made(name, (Entity,), {"__annotations__": {"id": Key[str], **fields}})
    return entity


_FOUND: dict[str, dict[str, list[str]]] = tomllib.loads(
    (Path(__file__).parent / "inverse_templates.toml").read_text()
)
ANY = _FOUND.pop("any")
TEMPLATES = {
    kind: {
        **_FOUND.get(kind, {}),
        **{word: [each.replace("{any}", f"{{{kind}}}") for each in found] for word, found in ANY.items()},
    }
    for kind in CONTENTS
}
NAMES: dict[str, Any] = {
    name: value
    for module in (choice, identity, logic, moment, number, text)
    for name, value in vars(module).items()
    if not name.startswith("_") and callable(value)
}
NAMES |= {"Letter": Letter, "Decimal": Decimal, "dt": dt, "doubled": doubled, "halved": halved}
NAMES |= {"reference": Reference({"a": "Alpha", "b": "bee", "": "blank"})}


def places(word: str) -> list[tuple[str, str]]:
    """Return the templates that show a word, each with what it gives."""
    return [(kind, each) for kind, words in TEMPLATES.items() for each in words.get(word, ())]


@st.composite
def filled(draw: st.DrawFn, template: str, depth: int, free: list[str]) -> str:
    """Return a template with its holes filled: by columns out of `free`, or by words on such."""
    done = []
    for before, hole, _, _ in string.Formatter().parse(template):
        done.append(before)
        if hole == "zone":
            done.append(draw(st.sampled_from(ZONES)))
        elif hole is not None:
            done.append(draw(_expression(hole, draw(st.integers(0, depth)), free)))
    return "".join(done)


@st.composite
def _expression(draw: st.DrawFn, kind: str, depth: int, free: list[str]) -> str:
    if depth:
        word = draw(st.sampled_from(sorted(TEMPLATES[kind])))
        return f"({draw(filled(draw(st.sampled_from(TEMPLATES[kind][word])), depth - 1, free))})"
    columns = [name for name in free if name.removesuffix("_n") == kind]
    column = draw(st.sampled_from(columns or [kind]))
    if column in free:
        free.remove(column)
    return f"row.{column}"


def all_columns() -> list[str]:
    """Return the columns of contents, to be used up."""
    return [name for content in CONTENTS for name in (content, f"{content}_n")]


def rows(columns: Iterable[str]) -> Values:
    """Return rows of these columns, with nulls where they may be."""
    drawn = {"id": st.just("1"), **{name: strategy for name, (_, strategy) in CONTENTS.items()}}
    nulls = {f"{name}_n": st.none() | strategy for name, strategy in drawn.items()}
    return st.fixed_dictionaries({name: {**drawn, **nulls}[name] for name in sorted(columns)})


def sample() -> dict[str, Any]:
    """Return the row that every template maps."""
    return {"id": "1", **SAMPLE, **{f"{name}_n": value for name, value in SAMPLE.items()}}


def defined(*parts: tuple[str, str]) -> Mapping[Any, Any]:
    """Define a mapping whose fields have these kinds and expressions. Raises DefinitionError."""
    entity = _entity(tuple(kind for kind, _ in parts))
    values = ", ".join(f"value{place}={body}" for place, (_, body) in enumerate(parts))
    names: dict[str, Any] = {**NAMES, "made": entity}
    exec(f"def case(row):\n    return made(id=row.id, {values})", names)
    names["case"].__annotations__ = {"row": Source, "return": entity}
    application = Application("laws")
    mapping: Mapping[Any, Any] = application.maps(names["case"])
    application.check()
    return mapping


def depth_one(template: str, suffix: str = "") -> str:
    """Return a template with plain columns in its holes."""
    holes = {name: f"row.{name}{suffix}" for name in CONTENTS}
    return template.format(**holes, zone="Europe/Zurich")


def every_template() -> Iterator[tuple[str, str, str]]:
    """Yield each kind, word and template."""
    for kind, words in TEMPLATES.items():
        for word, templates in words.items():
            for template in templates:
                yield kind, word, template
