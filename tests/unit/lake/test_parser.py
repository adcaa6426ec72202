"""Events become rows of the lake exactly, or are refused one by one."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from franca.errors import WriteError
from franca.lake.parser import EventParser
from franca.topics.event_decoder import EventDecoder
from tests.individuals import FULL, SHAPE, event, reasons, record


@pytest.fixture
def parser() -> Iterator[EventParser]:
    """Give a parser of the test's entity."""
    parser = EventParser(SHAPE)
    yield parser
    parser.close()


def test_every_kind_of_value_arrives_exactly(parser: EventParser) -> None:
    """Each field has the value of the JSON, in the type of docs/reference/types.md."""
    rows = parser.parse([record(event("A", **FULL), offset=5, partition=3)], "topic-a")
    (row,) = rows.table.to_pylist()
    expected = FULL | {
        "id": "A",
        "born": date(1815, 12, 10),
        "balance": Decimal("-12.50"),
        "counter": Decimal("12345678901234567890123"),
        "seen": datetime(2026, 11, 22, 10, 0, 0, 123456, tzinfo=UTC),
        "photo": b"\x00\x01\x02\xff",
        "address": {"street": "x", "fee": Decimal("1.25")},
    }
    assert {name: row[name] for name in expected} == expected
    assert rows.refused == []


def test_the_envelope_and_the_place_are_columns(parser: EventParser) -> None:
    """Every event is stored with its envelope and where it stood."""
    (row,) = parser.parse([record(event("A", 9, mapping="12-ff"), 5, 3)], "topic-a").table.to_pylist()
    assert {name: value for name, value in row.items() if name.startswith("_")} == {
        "_event_id": "raw.crm.cust/0/9/individual/c",
        "_source": "crm/cust",
        "_type": "individual.changed",
        "_subject": "A",
        "_changed_at": datetime(2026, 11, 22, 10, 0, 0, 123456, tzinfo=UTC),
        "_sequence": "0001.lsn.00000000000000000009.000",
        "_origin": "crm",
        "_mapping": 12,
        "_mapping_hash": "ff",
        "_schema": "individual/1",
        "_topic_id": "topic-a",
        "_partition": 3,
        "_offset": 5,
    }


def test_a_tombstone_has_no_row(parser: EventParser) -> None:
    """It is for compaction only; the delete before it is a row with the key alone."""
    records = [record(event("A", deleted=True), 1), record(None, 2)]
    (row,) = parser.parse(records, "t").table.to_pylist()
    assert (row["_type"], row["id"], row["name"]) == ("individual.deleted", "A", None)


def test_special_floats_are_texts_in_json_and_floats_in_the_lake(parser: EventParser) -> None:
    """Infinity and NaN have no JSON number."""
    records = [record(event("A", score=text)) for text in ("Infinity", "-Infinity", "NaN")]
    scores = parser.parse(records, "t").table["score"].to_pylist()
    assert [str(score) for score in scores] == ["inf", "-inf", "nan"]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("name", 5, "wrong-shape"),
        ("born", "2026-02-30", "wrong-shape"),
        ("born", "infinity", "wrong-shape"),
        ("balance", "1.234", "out-of-range"),
        ("balance", "12345678901.5", "out-of-range"),
        ("balance", 1.5, "wrong-shape"),
        ("balance", "NaN", "out-of-range"),
        ("visits", 1.5, "wrong-shape"),
        ("visits", 10**19, "wrong-shape"),
        ("counter", 10**38, "out-of-range"),
        ("wakes", "24:00:00", "wrong-shape"),
        ("seen", "2026-11-22T10:00:00", "wrong-shape"),
        ("photo", "%%%", "wrong-shape"),
        ("active", "true", "wrong-shape"),
        ("nicknames", [1], "wrong-shape"),
        ("address", {"street": "x", "fee": "1.234"}, "out-of-range"),
        ("homes", [{"street": "x", "fee": "99999.1"}], "out-of-range"),
        ("unknown", 1, "wrong-shape"),
    ],
)
def test_a_value_that_does_not_fit_refuses_its_record_only(
    parser: EventParser, field: str, value: Any, code: str
) -> None:
    """Nothing is rounded, cut or guessed; the records around it are stored."""
    bad = event("B").replace(b'"data":{', b'"data":{"unknown":1,') if field == "unknown" else b""
    records = [
        record(event("A"), 0),
        record(bad or event("B", **{field: value}), 1),
        record(event("C"), 2),
    ]
    rows = parser.parse(records, "t")
    assert rows.table["id"].to_pylist() == ["A", "C"]
    assert [(offset, found) for offset, _, found in reasons(rows.refused)] == [(1, code)]


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"null",
        b"[1]",
        b'{"data":{"id":"A"}}',
        b'{"data":{"id":"A"}',
        event("A") + b"{}",
        event("A").replace(b"individual.changed", b"customer.changed"),
        event("A").replace(b'"1-a"', b'"x-a"'),
        event("A").replace(b'"Ada"', b'"\xff"'),
        event("A").replace(b'"Ada"', b'"\\ud800"'),
        b"[" * 100_000,
    ],
)
def test_what_is_no_event_is_refused(parser: EventParser, value: bytes) -> None:
    """A foreign or broken message never stops a batch."""
    rows = parser.parse([record(event("A"), 0), record(value, 1), record(event("C"), 2)], "t")
    assert rows.table["id"].to_pylist() == ["A", "C"]
    assert [record.offset for record, _ in rows.refused] == [1]


def test_a_decimal_in_another_notation_is_stored_exactly(parser: EventParser) -> None:
    """Exponents and trailing zeros are the same number."""
    records = [record(event("A", balance=text)) for text in ("1E+2", "1.500", "-0.0", "007.1")]
    rows = parser.parse(records, "t")
    assert rows.refused == []
    found = rows.table["balance"].to_pylist()
    assert found == [Decimal("100"), Decimal("1.5"), Decimal("0"), Decimal("7.1")]


def test_a_reason_never_holds_the_value(parser: EventParser) -> None:
    """What is refused may be personal."""
    rows = parser.parse([record(event("A", born="secret", name="secret"))], "t")
    assert "secret" not in str(rows.refused[0][1])


def test_a_refusal_of_a_text_for_a_number_hides_it() -> None:
    """The field may be personal."""
    with pytest.raises(WriteError) as caught:
        EventDecoder(SHAPE).decode(event("1", score="Ada Lovelace"))

    assert caught.value.path == "data.score"
    assert "Lovelace" not in str(caught.value)
