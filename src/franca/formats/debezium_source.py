"""Debezium's source block: where and when a change happened, for each family of connectors."""

from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

import msgspec

from franca.errors import DecodeError
from franca.formats.sequence import (
    NO_REDO_ADDRESS,
    Files,
    are_change_lsns,
    before_all,
    by_binlog,
    by_change_lsn,
    by_lsn,
    by_offset,
    by_oplog,
    by_scn,
    padded,
)
from franca.formats.unfit import Unfit
from franca.types import Record

Moment = Annotated[int, msgspec.Meta(gt=0, le=2**63 - 1)]
Place = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
_Number = int | str | None


class Source(msgspec.Struct, gc=False):
    """The fields of all connectors' source blocks that tell table, position and time, as they come."""

    connector: str = ""
    ts_ms: _Number = None
    snapshot: bool | str | None = None
    name: str | None = None
    table: str | None = None
    collection: str | None = None
    ord: _Number = None
    ts_us: _Number = None
    ts_ns: _Number = None
    ts_sec: _Number = None
    lsn: _Number = None
    file: str | None = None
    pos: _Number = None
    row: _Number = None
    scn: _Number = None
    commit_scn: _Number = None
    rs_id: str | None = None
    ssn: _Number = None
    commit_lsn: str | None = None
    change_lsn: str | None = None
    event_serial_no: _Number = None


class Family(NamedTuple):
    """How one kind of position comes off the wire when all is as usual, and the sequence it makes.

    `text` is its expression as Python text for generated code, after the statements of `lines`; `names` gives
    what both refer to for an epoch. `inlined` is the same in bytes where that is cheaper, `$` the epoch.
    """

    fields: tuple[tuple[str, Any] | tuple[str, Any, Any], ...]
    lines: tuple[str, ...]
    text: str
    names: Callable[[int], dict[str, Any]]
    inlined: str = ""

    def sequence(self, epoch: int) -> str:
        """Return the expression of the sequence's bytes."""
        return self.inlined.replace("$", f"{epoch:04d}") or f"({self.text}).encode()"


_HIDDEN = bytes.maketrans(b"123456789abcdef", b"0" * 15)
"""Makes a nought of each hexadecimal digit in small letters: what is left tells whether a text is of such."""

FAMILIES = {
    "lsn": Family(
        (("lsn", Place),),
        (),
        "f'{begins[len(lsn := str(source.lsn))]}{lsn}.000'",
        lambda epoch: {"begins": padded(f"{epoch:04d}.lsn.", 20)},
        "b'$.lsn.%020d.000' % source.lsn",
    ),
    "binlog": Family(
        (("file", str), ("pos", Place), ("row", Place)),
        ("pos, turn = str(source.pos), str(source.row)",),
        "f'{files[source.file][len(pos)]}{pos}{turns[len(turn)]}{turn}.000'",
        lambda epoch: {"files": Files(epoch), "turns": padded("-", 10)},
    ),
    "scn": Family(
        (("scn", str), ("commit_scn", str), ("rs_id", str | None, None), ("ssn", Place | None, None)),
        (
            "scn, commit, turn = source.scn, source.commit_scn, str(source.ssn or 0)",
            "if not scn.encode().isdigit() or not commit.encode().isdigit():",
            "    raise Unexpected",
            "redo = nowhere",
            "if source.rs_id:",
            "    redo = source.rs_id.strip().removeprefix('0x')",
            "    if redo.encode().translate(hidden) != all_noughts:",
            "        raise Unexpected",
        ),
        "f'{begins[len(commit)]}{commit}{hyphens[len(scn)]}{scn}-{redo}{turns[len(turn)]}{turn}.000'",
        lambda epoch: {
            "begins": padded(f"{epoch:04d}.scn.", 38),
            "hyphens": padded("-", 38),
            "hidden": _HIDDEN,
            "nowhere": NO_REDO_ADDRESS,
            "all_noughts": NO_REDO_ADDRESS.encode(),
            "turns": padded("-", 10),
        },
    ),
    "cdc": Family(
        (("change_lsn", str), ("commit_lsn", str), ("event_serial_no", Place | None, None)),
        (
            "lsns, turn = f'{source.commit_lsn}-{source.change_lsn}', str(source.event_serial_no or 0)",
            "if not are_lsns(lsns):",
            "    raise Unexpected",
        ),
        "f'{begin}{lsns}{turns[len(turn)]}{turn}.000'",
        lambda epoch: {
            "begin": f"{epoch:04d}.cdc.",
            "are_lsns": are_change_lsns,
            "turns": padded("-", 10),
        },
    ),
}


CLOCKS = {"ts_us": (1, 1), "ts_ns": (1, 1000), "ts_ms": (1000, 1), "ts_sec": (1_000_000, 1)}
"""The fields that tell a time, best first: by what to multiply and to divide for microseconds."""


def scaled(clock: str) -> str:
    """Return what makes microseconds of the field of a time, as Python text."""
    times, parts = CLOCKS[clock]
    return f" * {times}" if times > 1 else f" // {parts}" if parts > 1 else ""


_KINDS = {
    "postgresql": "lsn",
    "mysql": "binlog",
    "mariadb": "binlog",
    "oracle": "scn",
    "sqlserver": "cdc",
    "db2": "cdc",
    "informix": "cdc",
    "mongodb": "oplog",
}


_NO_ORD = (None, -1)
"""What a document of a snapshot has in the place of a position in MongoDB's log."""


def kind_of(source: Source) -> str:
    """Return the kind of position that a source block holds, empty where it holds none."""
    if source.lsn is not None:
        return "lsn"
    if source.file and source.pos is not None and source.file.rpartition(".")[2].isdecimal():
        return "binlog"
    if source.scn is not None or source.commit_scn is not None:
        return "scn"
    if source.commit_lsn or source.change_lsn:
        return "cdc"
    return "oplog" if source.connector == "mongodb" and source.ord not in _NO_ORD else ""


def sequence_of(source: Source, record: Record, epoch: int, *, is_read: bool) -> str:
    """Return the sequence of a change. Raises DecodeError for a position that can't be read."""
    try:
        return _sequence(source, record, epoch, is_read=is_read)
    except Unfit as error:
        raise DecodeError("source", f"its position {error.reason}", error.code) from error


def _sequence(source: Source, record: Record, epoch: int, *, is_read: bool) -> str:
    match kind_of(source):
        case "lsn":
            return by_lsn(epoch, _whole(source.lsn))
        case "binlog":
            return by_binlog(epoch, source.file or "", _whole(source.pos), _whole(source.row))
        case "scn":
            scn, commit = source.scn, source.commit_scn or None
            first, second = (scn if commit is None else commit), (commit if scn is None else scn)
            return by_scn(epoch, str(first), str(second), source.rs_id or "", _whole(source.ssn))
        case "cdc":
            serial = _whole(source.event_serial_no)
            return by_change_lsn(epoch, source.commit_lsn or "", source.change_lsn or "", serial)
        case "oplog":
            return by_oplog(epoch, _whole(source.ts_ms) // 1000, _whole(source.ord))
    kind = _KINDS.get(source.connector)
    if kind is not None and (is_read or str(source.snapshot).lower() not in {"false", "none"}):
        return before_all(epoch, kind, record)
    return by_offset(epoch, record)


def clock_of(source: Source) -> str:
    """Return the field that best tells the commit's time, empty where none does."""
    for name in CLOCKS:
        if getattr(source, name):
            return name
    return ""


def time_of(source: Source, envelope_ms: _Number, record: Record) -> int:
    """Return the commit's time in microseconds; failing that, the connector's time or the record's."""
    name = clock_of(source)
    try:
        if name:
            times, parts = CLOCKS[name]
            return _whole(getattr(source, name)) * times // parts
        if envelope_ms:
            return _whole(envelope_ms) * 1000
    except Unfit as error:
        raise DecodeError(f"source.{name}" if name else "ts_ms", error.reason, error.code) from error
    return record.timestamp * 1000 if record.timestamp > 0 else 0


def _whole(number: _Number) -> int:
    if number is None:
        return 0
    if isinstance(number, str):
        if not (number.isascii() and number.isdecimal() and len(number) <= 20):
            raise Unfit("is no whole number", "malformed")
        number = int(number)
    if not 0 <= number < 10**20:
        raise Unfit("is no position or time: expected 0 or more, of up to 20 digits", "out-of-range")
    return number
