"""Messages that leave their table's declaration are noticed, once, and harm nobody."""

import json
import logging
from typing import Annotated, Any

import pytest

from franca.formats.registry import AUTO, DECLARED, format_named
from franca.model.entity import Table
from franca.model.markers import Column, Key
from franca.pipeline.drift import MOST_NOTES, SAMPLES_A_LOOK, Drift, DriftWatch, Watched
from franca.types import Record


class Cust(Table):
    """A declared table."""

    num: Key[str]
    name: Annotated[str, Column("full-name")]


class Other(Table):
    """Another one, of the same application."""

    num: Key[str]


TOPIC = "raw.crm.cust"


def watch(*known: Drift) -> DriftWatch:
    """Return a watch of one table."""
    return DriftWatch([Watched(Cust, TOPIC, AUTO)], known)


def record(offset: int, row: Any, key: bytes | None = None, topic: str = TOPIC) -> Record:
    """Return a plain row as a message."""
    return Record(topic, 0, offset, 1_000, key, json.dumps(row).encode())


ROW = {"num": "1", "full-name": "Ada"}


def test_a_column_that_nobody_declared_is_noted_once(caplog: pytest.LogCaptureFixture) -> None:
    """Its place is that of the message in which it was seen; the log says it a single time."""
    drift = watch()
    drift.stored([record(0, ROW), record(1, ROW)])
    assert drift.found() == []

    with caplog.at_level(logging.WARNING):
        drift.stored([record(2, ROW), record(3, {**ROW, "email": "a@b"})])
        found = drift.found()
        drift.stored([record(4, {**ROW, "email": "a@b"})])

    assert found == drift.found() == [Drift("cust", "email", "new-column", f"{TOPIC}/0/3")]
    assert caplog.text.count("'email'") == 1


def test_what_is_as_declared_is_no_drift() -> None:
    """Another order, a missing column, a tombstone, a heartbeat and what can't be read say nothing."""
    drift = watch()
    bad = Record(TOPIC, 0, 9, 1_000, None, b"nonsense")
    heartbeat = record(1, {"ts_ms": 1_700_000_000_000})
    gone = Record(TOPIC, 0, 2, 1_000, b"1", None)
    drift.stored([record(0, dict(reversed(ROW.items()))), heartbeat, gone, bad, record(3, {"num": "1"})])
    assert drift.found() == []


def test_earlier_notes_stay_until_the_column_is_declared() -> None:
    """A restart forgets nothing, and a declaration settles it."""
    old = Drift("cust", "email", "new-column", f"{TOPIC}/0/3")
    settled = Drift("cust", "full-name", "new-column", f"{TOPIC}/0/2")
    gone = Drift("no_table", "x", "new-column", f"{TOPIC}/0/1")
    drift = watch(old, settled, gone)
    drift.stored([record(7, {**ROW, "email": "a@b"})])
    assert drift.found() == [old]


def test_a_key_without_a_declared_column_is_noted() -> None:
    """A delete is found by the message's key: one that changed at the source is another key."""
    drift = watch()
    drift.stored([record(0, ROW, b'{"num":"1"}'), record(1, ROW, b"1")])
    assert drift.found() == []
    drift.stored([record(2, ROW, b'{"id":7}')])
    assert drift.found() == [Drift("cust", "num", "other-key", f"{TOPIC}/0/2")]
    assert "Key[" in drift.found()[0].text


def test_every_topic_of_a_batch_is_looked_at() -> None:
    """A quiet table's message among thousands of another's is seen."""
    drift = DriftWatch([Watched(Cust, TOPIC, AUTO), Watched(Other, "raw.crm.other", AUTO)])
    busy = [record(at, ROW) for at in range(5_000)]
    drift.stored([*busy[:4_900], record(0, {"num": "1", "more": 1}, topic="raw.crm.other"), *busy[4_900:]])
    assert [(each.table, each.column) for each in drift.found()] == [("other", "more")]


def test_of_names_that_are_data_some_are_noted_and_no_more(caplog: pytest.LogCaptureFixture) -> None:
    """A document may have a name of its own in each message: neither the notes nor the log grow with them."""
    drift = watch()
    with caplog.at_level(logging.WARNING):
        for offset in range(3 * MOST_NOTES):
            drift.stored([record(offset, {**ROW, f"u{offset}": 1})])
            found = drift.found()

    assert len(found) == MOST_NOTES
    assert len(caplog.records) == MOST_NOTES + 1
    assert "not noted any more" in caplog.text


def test_a_look_costs_the_same_however_much_came() -> None:
    """Few messages of a long batch are kept, and fewer are looked at."""
    looked = _Counting()
    drift = DriftWatch([Watched(Cust, TOPIC, looked)])
    for start in range(0, 100_000, 5_000):
        drift.stored(
            [record(start + at, {**ROW, "email": 1} if start > 50_000 else ROW) for at in range(5_000)]
        )
    found = drift.found()
    assert looked.count <= 2 * SAMPLES_A_LOOK
    assert [each.column for each in found] == ["email"]


class _Counting:
    """The format `auto`, which counts how often it is asked."""

    name = AUTO.name
    names = AUTO.names
    recognises, table_of, decoder = AUTO.recognises, AUTO.table_of, AUTO.decoder

    def __init__(self) -> None:
        self.count = 0

    def loose(self, record: Record, epoch: int = 1) -> Any:
        """Return what `auto` does."""
        self.count += 1
        return AUTO.loose(record, epoch)


@pytest.mark.parametrize("name", [each.name for each in DECLARED])
def test_records_that_are_laid_out_name_no_columns(name: str) -> None:
    """The table says what is in them, so nothing of them is new; nor does looking at them fail."""
    drift = DriftWatch([Watched(Cust, TOPIC, format_named(name))])
    drift.stored([Record(TOPIC, 0, 0, 1_000, None, b"1,Ada,more")])
    assert drift.found() == []
