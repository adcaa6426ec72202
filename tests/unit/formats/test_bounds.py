"""What decoders keep has an end: a stream of ever new names and shapes reads right, and fills no memory."""

import json
from collections.abc import Callable, Sized
from typing import Any

import pytest

from franca.formats.arrival import Arrivals, Heads
from franca.formats.change import Change, Wanted, decode
from franca.formats.clock import Layout, clock_names, microseconds_of
from franca.formats.dms import Dms
from franca.formats.lsn import PLACE, place_names
from franca.formats.maxwell import Maxwell
from franca.formats.registry import AUTO
from franca.formats.sequence import Files, by_binlog, by_lsn, by_offset
from franca.formats.wal2json import Wal2json
from franca.model.entity import Table
from franca.model.markers import Key
from franca.types import Record

MOST = 4096


class Thing(Table):
    """A table."""

    id: Key[int]
    name: str | None


WANTED = Wanted(Thing, frozenset({"id", "name"}), frozenset({"id"}))


def arrival(partition: int) -> str:
    """Return the sequence of a partition's first row."""
    return by_offset(1, Record("", partition, 0, 0, None, None))


@pytest.mark.parametrize(
    ("kept", "name", "expected"),
    [
        (Arrivals(1), int, lambda n: arrival(n).replace("0" * 20, "%020d")),
        (Heads(1), int, lambda n: arrival(n)[:-24]),
        (Files(1), "bin.{}".format, lambda n: by_binlog(1, f"bin.{n}", 0, 0)[:-35]),
    ],
    ids=["arrivals", "heads", "files"],
)  # fmt: skip
def test_what_is_kept_is_right_and_has_an_end(
    kept: Any, name: Callable[[int], Any], expected: Callable[[int], Any]
) -> None:
    """Partitions, log files: each is worked out anew where it was forgotten."""
    for number in range(MOST + 10):
        found = kept[name(number)]
        found = (
            found.decode() if isinstance(found, bytes) else found[-1] if isinstance(found, tuple) else found
        )
        assert found == expected(number)
    assert isinstance(kept, Sized)
    assert len(kept) <= MOST


def second(number: int) -> str:
    """Return a text of a second of its own."""
    return f"2026-11-22T{number // 3600:02d}:{number // 60 % 60:02d}:{number % 60:02d}"


@pytest.mark.parametrize(
    ("names", "read", "known", "text", "expected"),
    [
        (clock_names(Layout(0, "")), "read_clock", "seconds", second,
         lambda n: 1_795_305_600_000_000 + n * 1_000_000),
        (clock_names(Layout(3, "Z")), "read_clock", "seconds", lambda n: f"{second(n)}.007Z",
         lambda n: 1_795_305_600_007_000 + n * 1_000_000),
    ],
    ids=["seconds", "milliseconds"],
)  # fmt: skip
def test_a_second_is_read_right_and_what_is_kept_of_them_has_an_end(
    names: Any, read: str, known: str, text: Callable[[int], str], expected: Callable[[int], int]
) -> None:
    """As microseconds since 1970."""
    for number in range(MOST + 10):
        assert names[read](text(number)) == expected(number)
    assert 0 < len(names[known]) <= MOST


def test_starts_of_places_in_a_log_are_read_right_and_what_is_kept_of_them_has_an_end() -> None:
    """Each is the latest until another comes."""
    names = place_names(1)
    for number in range(MOST + 10):
        assert names["turn_place"](f"1/{number:X}FFF") == "FFF"
        names["low"] = names["latest_place"].low + 0xFFF
        got = eval(f"f'{PLACE}.000'", names)  # our own expression
        assert got == by_lsn(1, (1 << 32) + (number << 12) + 0xFFF)
    assert 0 < len(names["starts"]) <= MOST


def test_times_that_are_read_carefully_fill_no_memory() -> None:
    """The second is kept here too."""
    for number in range(MOST + 10):
        assert microseconds_of(second(number), "at") == 1_795_305_600_000_000 + number * 1_000_000


def maxwell(number: int) -> Any:
    """Return a message with a position or without one."""
    where = {"position": f"m.1:{number}"} if number % 2 else {}
    return {"database": "d", "table": "t", "type": "insert", "ts": 1, **where, "data": {"id": number}}


def wal2json(number: int) -> Any:
    """Return a message whose row has a column more than any other."""
    columns = [{"name": "id", "value": number}, {"name": "name", "value": "x"}]
    return {
        "action": "I",
        "schema": "s",
        "table": "t",
        "columns": [*columns, {"name": f"c{number}", "value": 1}],
    }


def dms(number: int) -> Any:
    """Return a record whose time has as many digits as no other near it."""
    digits = "1" * (number % 6 + 1)
    head = {"operation": "insert", "record-type": "data", "timestamp": f"2026-11-22T10:00:00.{digits}Z"}
    return {"data": {"id": number}, "metadata": head}


@pytest.mark.parametrize(("format_", "make"), [(Maxwell(), maxwell), (Wal2json(), wal2json), (Dms(), dms)])
def test_any_number_of_shapes_is_read(format_: Any, make: Callable[[int], Any]) -> None:
    """Readings are made for shapes as they come, and the oldest are forgotten."""
    decoder = format_.decoder(WANTED)
    for number in [*range(100), *range(10)]:
        got = decode(decoder, Record("t", 0, number, 1, None, json.dumps(make(number)).encode()))
        assert isinstance(got, Change)
        assert got.after.id == number  # type: ignore[union-attr]  # a row type made at run time


def test_any_number_of_names_is_told_apart() -> None:
    """What rows are called is kept, up to a number, to ask fewer formats."""
    for number in range(1_100):
        value = json.dumps({"id": number, f"column_{number}": 1}).encode()
        assert AUTO.choose(Record("t", 0, 0, 1, None, value)).name == "plain"  # type: ignore[union-attr]  # any object is a row
