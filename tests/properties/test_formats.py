"""What was written is read back the same, positions sort as text, and no bytes make a format crash."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from franca.errors import DecodeError, MapError
from franca.formats.change import Change, Loose, Skip, Wanted, decode
from franca.formats.registry import AUTO, FORMATS, format_named
from franca.formats.sequence import by_binlog, by_change_lsn, by_lsn, by_offset, by_scn
from franca.model.rows import row_type
from franca.model.shape import shape_of
from franca.pipeline.change_line import change_line
from franca.pipeline.loose_line import loose_line
from franca.topics.dead_letter import dead_letter, read_dead_letter
from franca.topics.moment import time_text
from franca.topics.raw_record import decode_line, encode_line
from franca.types import Record
from tests.cases.tables import Thing

COLUMNS = frozenset(field.name for field in shape_of(Thing).fields)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
RECORDS = st.builds(
    Record,
    topic=st.from_regex(r"[a-zA-Z0-9._-]{1,20}", fullmatch=True),
    partition=st.integers(0, 999_999),
    offset=st.integers(0, 2**63 - 1),
    timestamp=st.integers(-1, 2**53),
    key=st.none() | st.binary() | TEXTS.map(str.encode),
    value=st.none() | st.binary() | TEXTS.map(str.encode),
    headers=st.lists(st.tuples(TEXTS, st.none() | st.binary())).map(tuple),
)
ROWS = st.fixed_dictionaries(
    {"id": st.integers(-(2**80), 2**80)},
    optional={
        "name": st.none() | TEXTS,
        "flag": st.none() | st.booleans(),
        "price": st.none() | st.decimals(allow_nan=False, allow_infinity=False, places=4),
        "weight": st.none() | st.floats(allow_nan=False, allow_infinity=False),
        "born": st.none() | st.dates(),
        "at": st.none() | st.datetimes(timezones=st.just(UTC)),
        "clock": st.none() | st.times(),
        "data": st.none() | st.binary(),
        "ref": st.none() | st.uuids(),
    },
)
NUMBERS = st.integers(0, 2**63 - 1)
FIELDS = [
    *(
        "op",
        "after",
        "before",
        "source",
        "id",
        "type",
        "data",
        "old",
        "database",
        "table",
        "ts",
        "es",
        "position",
    ),
    *("op_type", "pos", "op_ts", "name", "isDdl", "mysqlType", "metadata", "headers"),
    *("operation", "action", "columns", "schema", "change", "kind", "meta", "value", "message", "magic"),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(FIELDS), inner),
)


@settings(deadline=None)
@given(RECORDS)
def test_a_raw_record_line_gives_its_record_back(record: Record) -> None:
    """Every byte of key, value and headers survives the line."""
    line = encode_line(record)

    assert b"\n" not in line
    assert decode_line(line) == record


@settings(deadline=None)
@given(RECORDS, TEXTS, st.text())
def test_a_dead_letter_gives_its_record_back(record: Record, path: str, reason: str) -> None:
    """Whatever the reason holds, the record is there byte for byte."""
    _, _, value = dead_letter("crm", record, MapError(path, reason, "unknown-code"))

    assert read_dead_letter(value or b"").record == record


@settings(deadline=None)
@given(ROWS, st.sampled_from(["plain", "debezium", "enveloped", "auto"]))
def test_a_row_that_is_written_is_read_back(cells: dict[str, Any], how: str) -> None:
    """The change line of a decoded row, decoded as a row again, is the same row; absent stays absent."""
    name = "debezium" if how == "enveloped" else how
    decoder = format_named(name).decoder(Wanted(Thing, COLUMNS, COLUMNS))
    row = row_type(Thing, COLUMNS)(**cells)
    written = json.loads(change_line("shop", Thing, Change("insert", None, row, "", 0, "")))["after"]
    message: dict[str, Any] = written
    if name == "debezium":
        message = {"before": None, "after": written, "source": {"ts_ms": 1, "lsn": 2}, "op": "c"}
    value = json.dumps({"schema": None, "payload": message} if how == "enveloped" else message).encode()
    for _ in range(2):
        change = decode(decoder, Record("t", 0, 1, 1, None, value))
        assert isinstance(change, Change)
        assert change.after == row


@settings(deadline=None)
@given(st.lists(NUMBERS, min_size=4, max_size=4), st.lists(NUMBERS, min_size=4, max_size=4))
def test_sequences_sort_as_their_positions_do(first: list[int], second: list[int]) -> None:
    """Text order is the order of positions, whatever their length."""
    for left, right, order in (
        (by_lsn(1, first[0]), by_lsn(1, second[0]), 1),
        (
            by_binlog(1, f"b.{first[0] % 10**10}", first[1], first[2] % 10**10),
            by_binlog(1, f"b.{second[0] % 10**10}", second[1], second[2] % 10**10),
            0,
        ),
        (by_scn(1, str(first[0]), str(first[1]), "", 0), by_scn(1, str(second[0]), str(second[1]), "", 0), 2),
        (
            by_change_lsn(1, str(first[0]), str(first[1]), 0),
            by_change_lsn(1, str(second[0]), str(second[1]), 0),
            2,
        ),
    ):
        keys = (
            [first[0] % 10**10, first[1], first[2] % 10**10],
            [second[0] % 10**10, second[1], second[2] % 10**10],
        )
        expected = keys if order == 0 else (first[:order], second[:order])
        assert len(left) == len(right)
        assert (left < right) == (expected[0] < expected[1])


@settings(deadline=None)
@given(NUMBERS)
def test_the_topics_order_is_the_last_resort(offset: int) -> None:
    """Without a position of the source, the next record's sequence is larger."""
    before, after = (Record("t", 3, place, 1, None, b"") for place in (offset, offset + 1))

    assert by_offset(1, before) < by_offset(1, after)


@settings(deadline=None)
@given(st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59)))
def test_the_text_of_a_time_is_that_time(moment: datetime) -> None:
    """Microseconds since 1970 come back from the text, for every year that fits."""
    moment = moment.replace(tzinfo=UTC)
    difference = moment - datetime(1970, 1, 1, tzinfo=UTC)
    text = time_text((difference.days * 86_400 + difference.seconds) * 1_000_000 + difference.microseconds)

    assert datetime.fromisoformat(text) == moment
    assert len(text) == 27


@settings(max_examples=200, deadline=None)
@given(st.binary() | JSON.map(lambda value: json.dumps(value).encode()), st.none() | st.binary())
def test_no_bytes_make_a_format_crash(value: bytes, key: bytes | None) -> None:
    """Any value is a change, no row, or a DecodeError with a code, for every format."""
    record = Record("t", 0, 1, 1, key, value)
    for each in (AUTO, *FORMATS):
        decoder = each.decoder(Wanted(Thing, COLUMNS, COLUMNS))
        with suppress(DecodeError):
            assert isinstance(decode(decoder, record), Change | Skip | list)
        with suppress(DecodeError):
            found = each.loose(record)
            assert all(map(loose_line, [found] if isinstance(found, Loose | Skip) else found))
