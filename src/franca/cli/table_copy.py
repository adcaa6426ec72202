"""A database table's rows in a file, so that a backfill of them can go on after a kill, and be repeated."""

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import msgspec
import typer

from franca.cli.output import finite
from franca.config.project import Project
from franca.errors import UnavailableError, UsageError
from franca.model.shape import shape_of
from franca.operations.backfill.loading import Loading
from franca.operations.backfill.snapshot import Taken
from franca.pipeline.slot import Slot

_encode = msgspec.json.Encoder(enc_hook=str).encode
_AS_IT_IS = {type(None), bool, int, str}


def is_address(source: str) -> bool:
    """Return whether a source is the address of a database and no file.

    >>> is_address("postgresql://me@db/crm#cust"), is_address("cust.csv")
    (True, False)
    """
    return "://" in source


@contextmanager
def copied(loading: Loading, source: str, name: str, taken: Taken, *, is_kept: bool) -> Iterator[Path]:
    """Give a file of a table's rows as JSON lines; it is removed when the block ends without an error.

    A file that an earlier run left is taken as it is: the rows are those of then. One that is not to be kept
    is read anew, and removed however the block ends. The table is `name`, else what follows the address
    behind a `#`, else called as its class. Raises UsageError, also where the file that was left was taken
    otherwise, and UnavailableError, also where another block has the same table.
    """
    address, told = _taken_apart(source)
    shape, application = shape_of(loading.table), loading.application
    wanted = name or told or shape.name
    used = frozenset().union(*(m.columns for m in application.mappings if m.table is loading.table))
    columns = [f.column for f in shape.fields if f.name in used or f.key]
    place = f"{_plain(f'{application.name}.{shape.name}')}.{_digest(address, wanted, *columns)}"
    with _alone(loading.project, place, wanted):
        folder = loading.project.state / "backfill"
        path = folder / (f"{place}{_said(taken)}.jsonl" if is_kept else f"{place}.trial")
        left = _left(folder, place) if is_kept else []
        if left and path not in left:
            reason = f"rows that were read for another --at or --time are left in {left[0]}"
            raise UsageError.one(
                wanted, reason, "begin again with what was said then, or remove the file to read them anew"
            )
        try:
            if left:
                typer.echo(f"going on with the rows that were read before, in {path}", err=True)
            else:
                _write(path, address, wanted, columns, [key.column for key in shape.keys])
            yield path
            path.unlink(missing_ok=True)
        finally:
            if not is_kept:
                path.unlink(missing_ok=True)


@contextmanager
def _alone(project: Project, place: str, name: str) -> Iterator[None]:
    """Hold a table's copy. Raises UnavailableError where another backfill on this machine does."""
    slot = Slot(project.state / "slots", f"backfill.{place}")
    try:
        if slot.number:
            raise UnavailableError(name, "another backfill of it is going on", "wait for its end")
        yield
    finally:
        slot.close()


def _left(folder: Path, place: str) -> list[Path]:
    """Return the copies that earlier blocks left; what a kill left of others is removed."""
    there = sorted(folder.iterdir()) if folder.exists() else []
    found = [each for each in there if each.name.startswith(place)]
    for each in found:
        if each.suffix != ".jsonl":
            each.unlink()
    return [each for each in found if each.suffix == ".jsonl"]


def _said(taken: Taken) -> str:
    """Return what tells copies apart that were taken otherwise, empty where nothing was said."""
    return f".{_digest(taken.at, str(taken.time))}" if taken != Taken() else ""


def _plain(name: str) -> str:
    """Return a name for a file: as it is, or where no file can be called so, with what tells it apart."""
    plain = re.sub(r"[^\w.-]", "_", name)
    return plain if plain == name else f"{plain}.{_digest(name)}"


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


def shown(source: str) -> str:
    """Return a source for people to read: the database, without login and options, and the named table."""
    from franca.catalog import database  # in an extra

    address, told = _taken_apart(source)
    return f"{database.shown(address)}{'#' if told else ''}{told}"


def _taken_apart(source: str) -> tuple[str, str]:
    """Return address and table of a source: a `#` before the last `@` is a password's."""
    address, mark, told = source.rpartition("#")
    return (address, told) if mark and "@" not in told and "://" in address else (source, "")


def _write(path: Path, address: str, name: str, columns: list[str], keys: list[str]) -> None:
    from franca.catalog.rows import read_rows  # in an extra

    scratch = path.with_suffix(".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch.touch(0o600)  # it holds personal data
        with scratch.open("wb") as file:
            for row in read_rows(address, name, columns, keys):
                file.write(_line(name, row))
        scratch.replace(path)
    except OSError as error:  # those of the database are translated
        reason = f"{path} can't be written: {error.strerror}"
        raise UnavailableError("backfill", reason, "make room on the disk") from error
    finally:
        scratch.unlink(missing_ok=True)


def _line(name: str, row: dict[str, object]) -> bytes:
    finished = {
        column: value if type(value) in _AS_IT_IS else _written(value) for column, value in row.items()
    }
    try:
        try:
            return _encode(finished) + b"\n"
        except UnicodeEncodeError:
            return _encode({column: _as_stored(value) for column, value in finished.items()}) + b"\n"
    except (msgspec.MsgspecError, ValueError, OverflowError) as error:
        reason = f"a row can't be written as JSON: {error}"
        raise UsageError.one(name, reason, "write the rows to a file") from error


def _written(value: object) -> object:
    """Return a value with the digits of a decimal number in full, and numbers that JSON lacks as texts.

    >>> _written([Decimal("1E-8"), Decimal("0E-2")]), _written(float("nan"))
    (['0.00000001', '0.00'], 'NaN')
    """
    if isinstance(value, Decimal):
        return format(value, "f")
    return [_written(each) for each in value] if isinstance(value, list) else finite(value)


def _as_stored(value: object) -> object:
    """Return a text with lone surrogates as the bytes they stand for: what decodes the row refuses it."""
    if not isinstance(value, str):
        return value
    return msgspec.Raw(json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogateescape"))
