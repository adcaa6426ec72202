"""Events become rows of the lake exactly, or are refused one by one."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from franca.errors import WriteError
from franca.lake.parser import EventParser
from franca.topics.event_decoder import EventDecoder, decimal_fits
from tests.individuals import FULL, SHAPE, event, reasons, record


@pytest.fixture
def parser() -> EventParser:
    """Return a parser of the test's entity."""
    return EventParser(SHAPE)


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
        event("A").replace(b'"2026-11-22T10:00:00.123456Z"', b'"9999-12-31T23:59:59-05:00"'),
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


ODD: dict[str, list[Any]] = {
    "born": [
        "2026-11-22",
        "0001-01-01",
        "9999-12-31",
        "0000-01-01",
        "2026-1-2",
        "20261122",
        "2026-11-22T00:00:00",
    ],
    "wakes": ["10:00:00", "23:59:59.999999", "10:00", "10:00:00.1234567", "10:00:00Z", "10:00:60", "1:00:00"],
    "seen": [
        "2026-11-22T10:00:00Z",
        "2026-11-22t10:00:00.5z",
        "2026-11-22 10:00:00+01:30",
        "2026-11-22T10:00:00.1234567Z",
        "2026-11-22T10:00:00-24:00",
        "2026-11-22T24:00:00Z",
        "2026-11-22T10:00Z",
        "2026-11-22T10:00:00+0100",
        "0001-01-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59.999999Z",
        "9999-12-31T23:59:59.999999-00:01",
    ],
    "balance": [
        "1",
        "-1.5",
        ".5",
        "1.",
        "+1",
        "1E3",
        "1_000",
        " 1",
        "0x1",
        "",
        "1,5",
        "Infinity",
        "-0.000",
        "1.001",
        "1.5000000000000000000000000000000000000000",
        "9" * 130,
        "1e-95",
        "0e-88884009",
    ],
    "token": [
        "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
        "6BA7B810-9DAD-11D1-80B4-00C04FD430C8",
        "6ba7b8109dad11d180b400c04fd430c8",
        "{6ba7b810-9dad-11d1-80b4-00c04fd430c8}",
        "6ba7b810-9dad-11d1-80b4-00c04fd430c8\n",
        "6ba7b8109-dad-11d1-80b4-00c04fd430c8",
    ],
    "counter": [0, -5, 10**38 - 1, 10**38, -(10**39) + 1, 10**200, 1.0, "1", True],
    "visits": [0, 2**63 - 1, 2**63, -(2**63), "1"],
    "score": [1, 0.5, 1e308, "NaN", "nan", "1.5", True],
    "photo": ["", "AAEC/w==", "AAEC_w==", "A", "AA EC"],
    "nicknames": [[], ["a", None], None, [["a"]], "a"],
    "homes": [
        [],
        [None],
        [{"street": "x", "fee": "1_0"}],
        [{"street": "x", "fee": "+10"}],
        [{"street": "x", "more": 1}],
        [{"fee": "1.23"}],
    ],
}


@pytest.mark.parametrize(("field", "value"), [(name, each) for name, odd in ODD.items() for each in odd])
def test_a_notation_counts_for_the_lake_where_it_counts_for_the_decoder(
    parser: EventParser, field: str, value: Any
) -> None:
    """Columns are read all at once, and no more loosely than each value by itself."""
    odd = event("B", **{field: value})
    expected = ["A"]
    try:
        EventDecoder(SHAPE).decode(odd)
    except WriteError:
        pass
    else:
        expected.append("B")
    rows = parser.parse([record(event("A", **FULL)), record(odd, 1)], "t")
    assert rows.table["id"].to_pylist() == expected
    assert rows.table.schema == parser.schema
    rows.table.validate(full=True)


@given(
    st.from_regex(
        r"-?[0-9]{1,50}(\.[0-9]{0,50})?([eE][-+]?[0-9]{1,9})?",
        fullmatch=True,
        alphabet=st.characters(codec="ascii"),
    ),
    st.integers(-(10**60), 10**60),
)
def test_numbers_of_any_length_arrive_exactly_or_not_at_all(balance: str, counter: int) -> None:
    """Arrow's cast of a text that is too long for its type gives another number, or ends the process."""
    given_ = event("A", balance=balance, counter=counter)
    found = EventParser(SHAPE).parse([record(given_)], "t").table.to_pylist()
    fits = decimal_fits(balance, 12, 2) and abs(counter) < 10**38
    assert [(row["balance"], row["counter"]) for row in found] == [(Decimal(balance), counter)] * fits


def test_unusual_notations_are_the_same_values(parser: EventParser) -> None:
    """What is text in the lake stays as it was written."""
    odd: dict[str, Any] = {
        "seen": "2026-11-22 11:30:00.5+01:30",
        "balance": "+10.5",
        "token": "6BA7B8109DAD11D180B400C04FD430C8",
        "homes": [None, {"street": None, "fee": "1E1"}],
    }
    (row,) = parser.parse([record(event("A", **odd))], "t").table.to_pylist()
    assert {name: row[name] for name in odd} == odd | {
        "token": "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
        "seen": datetime(2026, 11, 22, 10, 0, 0, 500_000, tzinfo=UTC),
        "balance": Decimal("10.5"),
        "homes": [None, {"street": None, "fee": Decimal(10)}],
    }


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
