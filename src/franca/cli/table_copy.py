"""A database table's rows in a file, so that a backfill of them can go on after a kill, and be repeated."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import typer

from franca.cli.output import finite
from franca.config.project import Project
from franca.errors import UsageError
from franca.mapping.application import Application
from franca.model.entity import Table
from franca.model.shape import shape_of

_encode = msgspec.json.Encoder(decimal_format="string", enc_hook=str).encode


def is_address(source: str) -> bool:
    """Return whether a source is the address of a database and no file.

    >>> is_address("postgresql://me@db/crm#cust"), is_address("cust.csv")
    (True, False)
    """
    return "://" in source


@contextmanager
def copied(
    project: Project, application: Application, table: type[Table], source: str, name: str
) -> Iterator[Path]:
    """Give a file of a table's rows as JSON lines; it is removed when the block ends without an error.

    A file that an earlier run left is taken as it is: the rows are those of then. The table is `name`, else
    what follows the address behind a `#`, else called as its class. Raises UsageError, UnavailableError.
    """
    address, told = _taken_apart(source)
    shape = shape_of(table)
    wanted = name or told or shape.name
    used = frozenset().union(*(m.columns for m in application.mappings if m.table is table))
    columns = [f.column for f in shape.fields if f.name in used or f.key]
    place = hashlib.sha256("\0".join((address, wanted, *columns)).encode()).hexdigest()[:16]
    path = project.state / "backfill" / f"{application.name}.{shape.name}.{place}.jsonl"
    if path.exists():
        typer.echo(f"going on with the rows that were read before, in {path}", err=True)
    else:
        try:
            _write(path, address, wanted, columns, [key.column for key in shape.keys])
        finally:
            path.with_suffix(".part").unlink(missing_ok=True)
    yield path
    path.unlink(missing_ok=True)


def _taken_apart(source: str) -> tuple[str, str]:
    """Return address and table of a source: a `#` before the last `@` is a password's."""
    address, mark, told = source.rpartition("#")
    return (address, told) if mark and "@" not in told and "://" in address else (source, "")


def _write(path: Path, address: str, name: str, columns: list[str], keys: list[str]) -> None:
    from franca.catalog.rows import read_rows  # in an extra

    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_suffix(".part")
    scratch.touch(0o600)  # it holds personal data
    with scratch.open("wb") as file:
        for row in read_rows(address, name, columns, keys):
            try:
                line = _encode({column: finite(value) for column, value in row.items()})
            except (msgspec.MsgspecError, ValueError, OverflowError) as error:
                reason = f"a row can't be written as JSON: {error}"
                raise UsageError.one(name, reason, "write the rows to a file") from error
            file.write(line + b"\n")
    scratch.replace(path)
