"""Mappings as Spark's SQL: what the stream's Python gives, on the templates of the laws, all in one query."""

import datetime as dt
import random
import string
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pyarrow.parquet as pq
import pytest
import sqlglot

from franca.errors import DefinitionError
from franca.mapping.mapping import Mapping
from franca.mapping.python.leaves import leaf_of
from franca.mapping.sql.select import PROBLEM, select
from franca.mapping.sql.spark import REFUSED, SETTINGS
from franca.model.entity import Entity, ModelMeta
from franca.model.markers import Key
from franca.model.shape import shape_of
from franca.testing.batch import ROW, arrow
from tests.gives import Letter, gives
from tests.properties import test_targets as laws
from tests.spark.collected import collected

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

ROWS = 150
DAYS = [dt.date(1, 1, 1), dt.date(9999, 12, 31), dt.date(2024, 2, 29), dt.date(1582, 10, 10)]
MOMENTS = [
    dt.datetime(1, 1, 1, tzinfo=dt.UTC),
    dt.datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=dt.UTC),
    dt.datetime(2024, 3, 31, 1, 30, tzinfo=dt.UTC),
    dt.datetime(2024, 10, 27, 0, 30, 0, 5, tzinfo=dt.UTC),
    dt.datetime(1900, 6, 1, 3, 4, 5, tzinfo=dt.UTC),
]
DIGITS = {"d1": (12, 2), "d2": (10, 4), "d3": (28, 18)}


def value(name: str, chance: random.Random) -> Any:
    """Return a value for a column of the laws' table."""
    if name in DIGITS:
        digits, places = DIGITS[name]
        most = 10**digits - 1
        number = chance.choice(
            [0, 5, -5, 25, most, chance.randint(-most, most), chance.randint(-999, 999) * 5]
        )
        return Decimal(number).scaleb(-places)
    choices: dict[str, Any] = {
        "t": lambda: chance.choice([*laws.TRICKY, "abc", "a b"]),
        "i": lambda: chance.choice([*laws.EDGES, chance.randint(-50, 3_000)]),
        "f": lambda: chance.choice([0.0, -0.0, 1.5, 1e300, -2.25, 1e-300, 0.1]),
        "b": lambda: chance.random() < 0.5,
        "day": lambda: chance.choice(DAYS),
        "clock": lambda: None,
        "ts": lambda: chance.choice(MOMENTS),
        "uuid": lambda: UUID(int=chance.getrandbits(128)),
        "letter": lambda: chance.choice(list(Letter)),
    }
    return choices[name.rstrip("123")]()


def rows() -> list[dict[str, Any]]:
    """Return rows with nulls where they may be."""
    chance = random.Random(7)
    fields = [field for field in shape_of(laws.Source).fields if field.name != "id"]
    return [
        {"id": f"k{number}"}
        | {f.name: None if f.nullable and chance.random() < 0.15 else value(f.name, chance) for f in fields}
        for number in range(ROWS)
    ]


def bodies() -> Iterator[tuple[str, str, str]]:
    """Yield word, kind and text of each template, its holes filled with columns in turn and constants."""
    for kind, words in laws.TEMPLATES.items():
        for word, templates in words.items():
            for place, template in enumerate(templates):
                holes = {part[1] for part in string.Formatter().parse(template)}
                zones = ["UTC", "Europe/Zurich"] if "zone" in holes else [""]
                dates = laws.DATES if "date_pattern" in holes else [""]
                stamps = laws.STAMPS if "stamp_pattern" in holes else [""]
                for constants in ((z, d, s) for z in zones for d in dates for s in stamps):
                    yield word, kind, filled(template, place, *constants)


def filled(template: str, place: int, zone: str, date_pattern: str, stamp_pattern: str) -> str:
    """Return a template whose holes are filled."""
    constants = {"zone": zone, "date_pattern": date_pattern, "stamp_pattern": stamp_pattern}
    done = []
    for before, hole, _, _ in string.Formatter().parse(template):
        done.append(before)
        if hole in constants:
            done.append(constants[hole])
        elif hole:
            names = laws.COLUMNS[hole]
            done.append(f"(row.{names[place % len(names)]})")
            place += 1
    return "".join(done)


def mappings() -> dict[str, tuple[str, str, Mapping[Any, Any]]]:
    """Return kind, text and mapping of each template that Spark can say, by the name of a field."""
    told: dict[str, tuple[str, str, Mapping[Any, Any]]] = {}
    seen = set()
    for word, kind, body in bodies():
        if kind in ("time", "list") or "row.clock" in body:
            continue
        seen.add(word)
        mapping = laws.defined(f"made(id=row.id, value={body})", None, gives(kind))
        told[f"f{len(told)}"] = (kind, body, mapping)
    assert seen >= set(laws.WORDS) - REFUSED - {"gather", "list"}
    return told


def test_each_word_is_one_statement_of_sparks() -> None:
    """Which its parser reads, without a Spark."""
    for _, body, mapping in mappings().values():
        assert len(sqlglot.parse(select(mapping, "laws", "spark"), read="spark")) == 1, body


def test_python_and_spark_agree_on_every_word(spark: "SparkSession", tmp_path: Path) -> None:
    """Whatever is null, out of range or wrong; a time of day is no type of Spark's, and refused."""
    told = mappings()
    kinds = {name: gives(kind).__annotations__["value"] for name, (kind, _, _) in told.items()}
    fields = ", ".join(f"{name}={body}" for name, (_, body, _) in told.items())
    space: dict[str, Any] = {"__annotations__": {"id": Key[str], **kinds}, "__module__": __name__}
    whole: Any = ModelMeta("Whole", (Entity,), {**space, **dict.fromkeys(told)})
    every = laws.defined(f"made(id=row.id, {fields})", None, whole)

    given = rows()
    table = arrow(shape_of(laws.Source), given).drop_columns(["clock"])
    pq.write_table(table, tmp_path / "rows.parquet")
    spark.read.parquet(str(tmp_path / "rows.parquet")).createOrReplaceTempView("laws")
    before = {name: spark.conf.get(name, None) for name in SETTINGS}
    for name, setting in SETTINGS.items():
        spark.conf.set(name, setting)
    try:
        found = {row[ROW]: row for row in collected(spark.sql(select(every, "laws", "spark", keep=(ROW,))))}
    finally:
        for name, known in before.items():
            spark.conf.unset(name) if known is None else spark.conf.set(name, known)

    for name, (kind, body, mapping) in told.items():
        for number, row in enumerate(given):
            made, problem = found[number][name], found[number][f"{PROBLEM}_{name}"]
            answer = [("problem", problem)] if problem else [(row["id"], ready(kind, made))]
            assert repr(answer) == repr(laws.streamed(mapping, row)), (body, row)


def ready(kind: str, made: Any) -> Any:
    """Return a value of Spark's as an event has it."""
    if made is None:
        return None
    assert kind != "uuid" or made == made.lower()
    made = UUID(made) if kind == "uuid" else Letter(made) if kind == "letter" else made
    return leaf_of(shape_of(gives(kind)).field("value"))(made)


def test_what_spark_has_no_type_for_is_refused() -> None:
    """At definition, and with the remedy."""
    body = 'made(id=row.id, value=as_text(time_of(row.t1, "%H%M%S")))'
    mapping = laws.defined(body, None, gives("text"))
    with pytest.raises(DefinitionError, match="'time_of' can't be expressed in spark"):
        select(mapping, "laws", "spark")
    mapping = laws.defined("made(id=row.id, value=row.clock)", None, gives("time"))
    with pytest.raises(DefinitionError, match="value: is a time of day, which spark has no type for"):
        select(mapping, "laws", "spark")
