"""Looks at the heads of files before one of them is loaded: whether a mapping reads any of their columns."""

from collections.abc import Sequence
from pathlib import Path

from franca.cli.packed import plain_name
from franca.cli.record_file import UNREADABLE
from franca.cli.rows import RowFile, listed
from franca.errors import DefinitionError, UsageError
from franca.formats.registry import AUTO
from franca.mapping.application import Application
from franca.model.entity import Table
from franca.model.shape import shape_of


def require_columns(file: RowFile, application: Application, table: type[Table]) -> None:
    """Raise UsageError for a file of columns of which no mapping reads any, or which can't have a folder's.

    Of files whose columns may be those of a change nothing is required, and of JSON lines that the first one
    begins an object and may end it. Raises DefinitionError for a file that can't be read.
    """
    first = _first_object(file) if file.kind == "jsonl" else b""
    shape = shape_of(table)
    used = frozenset().union(*(m.columns for m in application.mappings if m.table is table))
    wanted = [field.column for field in shape.fields if field.name in used]
    names = columns_of_head(file)
    told = [name for name, _ in file.partitions if name in wanted and name not in names]
    if file.kind != "parquet" and (told := [name for name in told if f'"{name}"'.encode() not in first]):
        reason = f"the column {told[0]!r} stands in the names of folders, which only Parquet takes from there"
        raise UsageError.one(file.path, reason, "write the column into the file")
    names = [*names, *told]
    if names and not {*wanted, *AUTO.names} & {*names}:
        reason = (
            f"no mapping of {application.name}.{shape.name} reads any of its columns: it has "
            f"{listed(names)}; read are {listed(wanted)}"
        )
        raise UsageError.one(file.path, reason, "check the file; the first line of CSV names the columns")


def _first_object(file: RowFile) -> bytes:
    """Return the first row, none of a file without any.

    Raises UsageError where the first line that says anything is no row: prose, CSV, JSON of many lines.
    """
    for line in file.lines():
        row = line.strip()
        if row.startswith(b"{") and row != b"{":
            return row
        if row:
            begins = row.decode(errors="replace")[0]  # the rest may be personal
            reason = f"has no JSON lines: the first begins with {begins!r}, and is no object"
            remedy = "say what it is with --format, or name the files that have rows: 'folder/*.jsonl'"
            raise UsageError.one(file.path, reason, remedy)
    return b""


def columns_of_head(file: RowFile) -> Sequence[str]:
    """Return the columns of a file's head, none where it has no head. Raises DefinitionError."""
    if file.kind == "csv":
        try:
            return file.open_csv().layout.columns
        except UNREADABLE as error:
            remedy = "check the file, --encoding and --delimiter"
            raise DefinitionError.one(file.path, f"can't be read: {error}", remedy) from error
    if file.kind == "parquet" and file.path == plain_name(file.path) and Path(file.path).stat().st_size:
        from franca.cli.parquet import parquet_columns  # in an extra

        return parquet_columns(file.path)
    return ()
