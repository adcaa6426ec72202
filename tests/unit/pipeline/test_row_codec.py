"""Remembered rows come back as they were, whatever their columns hold."""

import json
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pytest

from franca.formats.sequence import before_all, by_lsn, by_offset
from franca.model.entity import Table, Value
from franca.model.markers import Key
from franca.model.rows import row_type
from franca.pipeline.row_memory.codec import Known, RowCodec
from franca.types import Record


class Cust(Table):
    """A table with a column of every kind."""

    num: Key[int]
    branch: Key[str]
    name: str | None
    amount: Decimal | None
    ratio: float | None
    born: date | None
    at: time | None
    seen: datetime | None
    photo: bytes | None
    token: UUID | None
    alive: bool | None


INFINITE = float("inf")
COLUMNS = list(Cust.__annotations__)
Row: Any = row_type(Cust, COLUMNS)
FULL: dict[str, Any] = {
    "num": 2**80,
    "branch": "Zürich/1",
    "name": "Ada 😀\u0000",
    "amount": Decimal("-12345678901234567890.120"),
    "ratio": 0.1,
    "born": date(1815, 12, 10),
    "at": time(23, 59, 59, 999_999),
    "seen": datetime(2026, 1, 2, 3, 4, 5, 6, UTC),
    "photo": b"\x00\xff",
    "token": UUID(int=7),
    "alive": False,
}


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("lack", ["null", "absent", "value"])
def test_a_row_comes_back_as_it_was(column: str, lack: str) -> None:
    """Null and absent stay apart, and every digit is kept."""
    values = dict(FULL)
    if lack == "absent":
        del values[column]
    elif lack == "null" and column not in {"num", "branch"}:
        values[column] = None
    known = Known("0001.lsn.5.000", Row(**values), {"member": Row(**FULL), "phones": None})
    codec = RowCodec(Cust, COLUMNS, 10_000)

    assert codec.decode(codec.encode(known)) == known


@pytest.mark.parametrize("number", [float("inf"), float("-inf"), float("nan")])
def test_numbers_that_are_none_come_back_too(number: float) -> None:
    """JSON has no numbers for them; they are the contract's words."""
    codec = RowCodec(Cust, COLUMNS, 10_000)
    known = codec.decode(codec.encode(Known("1", Row(**FULL | {"ratio": number}))))

    assert known is not None
    assert repr(known.row.ratio) == repr(number)


class Share(Value):
    """A nested value with a number."""

    ratio: float


class Fund(Table):
    """A table with numbers inside its values."""

    num: Key[int]
    ratios: list[float]
    share: Share


def test_what_reads_like_nothing_is_what_it_was() -> None:
    """Three bytes are `null` in base64."""
    codec = RowCodec(Cust, COLUMNS, 1_000)
    row = Row(**{**FULL, "photo": b"\x9e\xe9e", "name": "null"})

    text = codec.encode(Known("s", row))
    assert b'"photo":"null"' in text
    assert codec.decode(text) == Known("s", row)
    assert codec.row_decoder(["photo"])(text).photo == b"\x9e\xe9e"


def test_numbers_that_are_none_come_back_inside_values() -> None:
    """A list or a nested value may hold them as well."""
    names = ["num", "ratios", "share"]
    row: Any = row_type(Fund, frozenset(names))(num=1, ratios=[1.0, INFINITE], share=Share(ratio=-INFINITE))
    codec = RowCodec(Fund, names, 10_000)

    assert codec.decode(codec.encode(Known("1", row))) == Known("1", row)


def test_what_does_not_fit_is_absent() -> None:
    """The longest columns go first, the key never; text that UTF-8 can't hold goes too."""
    codec = RowCodec(Cust, COLUMNS, 600)
    row = Row(**FULL | {"name": "x" * 1_000, "photo": b"y" * 50})

    text = codec.encode(Known("1", row))
    known = codec.decode(text)

    assert len(text) <= 600
    assert known is not None
    assert known.row.name is msgspec.UNSET
    assert (known.row.num, known.row.branch, known.row.photo) == (row.num, row.branch, row.photo)
    broken = codec.decode(codec.encode(Known("1", Row(**FULL | {"name": "\ud800"}))))
    assert broken is not None
    assert broken.row.name is msgspec.UNSET
    assert broken.row.ratio == 0.1


def test_of_a_row_that_lacks_columns_fewer_may_fit() -> None:
    """What is absent takes no room."""
    row = Row(num=1, branch="Z", name="x" * 300, amount=None)
    codec = RowCodec(Cust, COLUMNS, 200)

    assert codec.decode(codec.encode(Known("1", row))) == Known("1", Row(num=1, branch="Z", amount=None))


def test_a_row_of_other_types_is_not_known() -> None:
    """The table's declaration has changed since; the row is as good as never seen."""
    assert RowCodec(Cust, COLUMNS, 600).decode(b'{"sequence":"1","row":{"num":"x","branch":5}}') is None


def test_the_key_is_all_key_columns_or_none() -> None:
    """A part that is null or absent makes none, nor does one that UTF-8 can't hold."""
    key = RowCodec(Cust, COLUMNS, 600).key

    assert json.loads(b"[" + (key(Row(**FULL)) or b"")) == [2**80, "Zürich/1"]
    assert key(Row(num=1)) is None
    assert key(Row(num=1, branch="\ud800")) is None
    assert key(None) is None


SEQUENCES = [
    by_offset(1, Record("t", 0, 5, 0, None, None)),
    by_lsn(1, 5),
    by_lsn(1, 5, 7),
    by_lsn(1, 5, 998),
    by_lsn(1, 5, 999),
    by_lsn(1, 5, 1_000),
    by_lsn(1, 6),
    by_lsn(2, 5),
    before_all(1, "lsn", Record("t", 0, 5, 0, None, None)),
]


@pytest.mark.parametrize("former", [None, {"member": None}, {"member": Row(**FULL)}])
@pytest.mark.parametrize("last", [True, None])
def test_a_text_is_special_where_its_row_is_later_or_refused(former: Any, last: bool | None) -> None:
    """Sequences of any kind and length, whatever the row ends with."""
    codec = RowCodec(Cust, COLUMNS, 10_000)
    is_special = eval(f"lambda text, sequence: {codec.special('text', 'sequence')}")  # as in the loop
    for known in SEQUENCES:
        text = codec.encode(Known(known, Row(**FULL | {"alive": last}), former))
        for sequence in SEQUENCES:
            expected = known > sequence or former is not None
            assert is_special(text, sequence.encode()) == expected, (known, sequence)


@pytest.mark.parametrize("columns", [COLUMNS, [name for name in COLUMNS if name != "ratio"]])
def test_what_a_loop_writes_is_what_the_codec_writes(columns: list[str]) -> None:
    """With numbers that JSON may lack, and without."""
    row = row_type(Cust, columns)(**{name: FULL[name] for name in columns})
    codec = RowCodec(Cust, columns, 10_000)

    text = eval(
        codec.written("sequence", "row"), codec.scope, {"sequence": b"0001.lsn.5", "row": row}
    )  # as above

    assert text == codec.encode(Known("0001.lsn.5", row))


def test_some_columns_of_a_row_are_read_alone() -> None:
    """The others are passed over; a row of other types is refused."""
    codec = RowCodec(Cust, COLUMNS, 10_000)
    row_of = codec.row_decoder(["name", "ratio"])

    row = row_of(codec.encode(Known("1", Row(**FULL | {"ratio": float("inf")}), {"member": None})))

    assert (row.name, row.ratio) == (FULL["name"], float("inf"))
    with pytest.raises(msgspec.MsgspecError):
        row_of(b'{"sequence":"1","row":{"name":5}}')
