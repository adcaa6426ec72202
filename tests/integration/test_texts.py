"""Texts arrive unchanged in a real PostgreSQL and in a real Delta table, whatever they hold."""

import itertools
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from deltalake import DeltaTable

from franca.sinks.delta import DeltaSink
from franca.sinks.parking import Parking
from franca.sinks.postgres import PostgresSink
from franca.types import Batch, Message, Partition, Record
from tests.conftest import Database
from tests.individuals import SHAPE, event, record

NAUGHTY = Path(__file__).parents[2].parent / "shared" / "data" / "json" / "blns_debezium.jsonl"
PLACE = Partition("individual", 0, "t")
SPECIAL = [
    "\\",
    "\t",
    "\n",
    "\r",
    '"',
    "'",
    "\\.",
    "\\N",
    "N",
    "\b",
    "\v",
    "\x7f",
    "\u00a0",
    "\u2028",
    "é",
    "",
]


def naughty_texts() -> list[str]:
    """Return the big list of naughty strings, where it is there."""
    if not NAUGHTY.exists():
        pytest.skip("the data beside the checkout is absent")
    lines = NAUGHTY.read_text(encoding="utf-8").split("\n")
    return [json.loads(line)["value"]["after"]["full_name"] for line in lines if line]


def combined_texts() -> list[str]:
    """Return all texts of up to three special parts."""
    return ["".join(parts) for parts in itertools.product(SPECIAL, repeat=3)]


def batch(texts: Sequence[str]) -> Batch[Record]:
    """Return events with each text as name, as link, in a list and in a nested value."""
    fields: list[dict[str, Any]] = [
        {"name": t, "employer": t, "nicknames": [t], "address": {"street": t}} for t in texts
    ]
    records = [record(event(f"K{n}", **each), n) for n, each in enumerate(fields)]
    return Batch(records, {PLACE: len(records)}, {PLACE: 0})


def in_postgres(dsn: str, texts: Sequence[str]) -> dict[str, tuple[object, ...]]:
    """Store the texts and return per key what the table holds."""
    dead: list[Message] = []
    sink = PostgresSink(dsn, [SHAPE], Parking(dead.extend, "store", ["crm"]))
    sink.open()
    assert sink.write(batch(texts))
    sink.close()
    assert len(dead) == sum("\x00" in text for text in texts)
    query = "SELECT id, name, employer, nicknames->>0, address->>'street' FROM individual"
    with psycopg.connect(dsn) as connection:
        return {str(key): tuple(rest) for key, *rest in connection.execute(query)}


def in_lake(folder: Path, texts: Sequence[str]) -> dict[str, tuple[object, ...]]:
    """Store the texts and return per key what the table holds."""
    dead: list[Message] = []
    sink = DeltaSink(str(folder), [SHAPE], Parking(dead.extend, "lake", ["crm"]))
    sink.open()
    assert sink.write(batch(texts))
    sink.close()
    assert dead == []
    rows = DeltaTable(folder / "individual" / "events").to_pyarrow_table().to_pylist()
    return {r["id"]: (r["name"], r["employer"], r["nicknames"][0], r["address"]["street"]) for r in rows}


def expected(texts: Sequence[str], *, with_zero: bool) -> dict[str, tuple[object, ...]]:
    """Return per key what a table has to hold."""
    kept = enumerate(texts)
    return {f"K{n}": (text,) * 4 for n, text in kept if with_zero or "\x00" not in text}


@pytest.mark.services
def test_special_characters_arrive_unchanged_in_postgres(postgres: Database) -> None:
    r"""Backslashes, tabs, line breaks, quotes, `\.` and `\N` mean something in COPY, and nothing here."""
    texts = [*combined_texts(), "a\x00b", "\\u0000", "\\\x00"]
    assert in_postgres(postgres.dsn, texts) == expected(texts, with_zero=False)


@pytest.mark.services
def test_naughty_texts_arrive_unchanged_in_postgres(postgres: Database) -> None:
    """The big list of naughty strings; U+0000 is a dead letter."""
    texts = naughty_texts()
    assert in_postgres(postgres.dsn, texts) == expected(texts, with_zero=False)


def test_special_characters_arrive_unchanged_in_the_lake(tmp_path: Path) -> None:
    """U+0000 among them: the lake's texts can hold it."""
    texts = [*combined_texts(), "a\x00b", "\\u0000", "\\\x00"]
    assert in_lake(tmp_path, texts) == expected(texts, with_zero=True)


def test_naughty_texts_arrive_unchanged_in_the_lake(tmp_path: Path) -> None:
    """The big list of naughty strings."""
    texts = naughty_texts()
    assert in_lake(tmp_path, texts) == expected(texts, with_zero=True)


@pytest.mark.services
@pytest.mark.parametrize("field", ["name", "nicknames", "address"])
def test_the_dead_letter_of_a_zero_character_names_its_field(postgres: Database, field: str) -> None:
    """Wherever in the field it stands, the reason is `not-text`; an escaped backslash before it is none."""
    values: dict[str, Any] = {"name": "\\\x00", "nicknames": ["a", "\x00"], "address": {"street": "\x00"}}
    dead: list[Message] = []
    sink = PostgresSink(postgres.dsn, [SHAPE], Parking(dead.extend, "store", ["crm"]))
    sink.open()
    assert sink.write(Batch([record(event("A", **{field: values[field]}))], {PLACE: 1}, {PLACE: 0}))
    sink.close()
    assert f'"path":"data.{field}"'.encode() in (dead[0][2] or b"").replace(b'": ', b'":')
    assert b"not-text" in (dead[0][2] or b"")


@pytest.mark.services
def test_a_time_may_be_written_with_any_separator(postgres: Database) -> None:
    """ISO 8601's T may be another character; a tab in its place is no next column."""
    value = event("A").replace(b"22T10", b"22\\t10")
    sink = PostgresSink(postgres.dsn, [SHAPE], Parking(lambda messages: None, "store", ["crm"]))
    sink.open()
    assert sink.write(Batch([record(value)], {PLACE: 1}, {PLACE: 0}))
    sink.close()
    with psycopg.connect(postgres.dsn) as connection:
        (row,) = connection.execute("SELECT _changed_at, name FROM individual").fetchall()
    assert row == (datetime(2026, 11, 22, 10, 0, 0, 123456, tzinfo=UTC), "Ada")


INJECTIONS = [
    "'; DROP TABLE individual; --",
    '"; DROP TABLE individual; --',
    "\\.\n",
    "$$;",
    "a\tb\\N\n",
    "%s",
    "{}",
]


@pytest.mark.services
@pytest.mark.parametrize("text", INJECTIONS)
def test_what_an_envelope_and_a_topic_say_is_no_sql(postgres: Database, tmp_path: Path, text: str) -> None:
    """Names of topics and pipelines, ids, sequences and origins are values, in the store and in the lake."""
    told = json.loads(event("A", name=text))
    said = {"id": text, "sequence": text, "origin": text, "subject": text}
    told, gone = told | said, json.loads(event("B", deleted=True)) | said
    place = Partition(text, 0, text)
    records = [
        Record(text, 0, at, 1, None, json.dumps(each).encode()) for at, each in enumerate((told, gone))
    ]
    parking = Parking(lambda messages: None, "store", ["crm"])
    store = PostgresSink(postgres.dsn, [SHAPE], parking, text, topics={text: "individual"})
    lake = DeltaSink(str(tmp_path), [SHAPE], parking, text, topics={text: "individual"})
    for sink in (store, lake):
        sink.open()
        assert sink.write(Batch(records, {place: 2}, {place: 0}))
        assert sink.positions([place]) == {place: 2}
        assert sink.tally([place]).written == 2
        sink.close()
    with psycopg.connect(postgres.dsn) as connection:
        rows = connection.execute("SELECT name, _event_id, _sequence, _origin FROM individual").fetchall()
        assert rows == [(text,) * 4]
        assert connection.execute("SELECT subject, sequence FROM franca.deleted").fetchall() == [(text, text)]
    (first, _) = DeltaTable(tmp_path / "individual" / "events").to_pyarrow_table().to_pylist()
    assert (first["name"], first["_event_id"], first["_sequence"], first["_subject"]) == (text,) * 4
