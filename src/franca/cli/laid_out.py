"""A file of messages for comparison whose records are no JSON lines: of CSV, fixed width, or a copybook."""

from collections.abc import Sequence
from pathlib import Path

from franca.catalog.finding import Declared
from franca.catalog.observation import Observation
from franca.catalog.origin import is_csv
from franca.cli.layout_options import LayoutOptions
from franca.cli.record_file import open_records
from franca.config.pipelines import format_of
from franca.config.project import Project
from franca.errors import RecordError, UsageError
from franca.model.layouts import Csv, Layout
from franca.pipeline.input_line import record_of


def laid_out(project: Project, tables: Sequence[Declared], path: str) -> tuple[Declared, Layout] | None:
    """Return the table whose records a file holds, and their layout, None for a file of JSON lines.

    A file holds the records of the only mapped table that is laid out so, or of the one that it is named
    after. Raises UsageError where that does not tell.
    """
    mapped = [table for table in tables if table.needs]
    found = [(table, layout) for table in mapped if (layout := _layout(project, table)) is not None]
    if is_csv(path):
        found = [(table, layout) for table, layout in found if isinstance(layout, Csv)]
    elif len(found) < len(mapped):
        return None
    stem = Path(path).name.partition(".")[0].lower()
    named = [each for each in found if each[0].shape.name.lower() == stem]
    fitting = named or found
    if len(fitting) > 1:
        names = ", ".join(table.name for table, _ in fitting)
        raise UsageError.one(path, f"may hold any of {names}", "name the file like its table")
    return fitting[0] if fitting else None


def _layout(project: Project, table: Declared) -> Layout | None:
    return LayoutOptions().layout(format_of(project, table.application, table.table), table.table)


def observe(table: Declared, layout: Layout, path: str, now: int) -> tuple[Observation, int]:
    """Return a table with the records of a file, and how many of them could not be cut out of it."""
    told = LayoutOptions().declares(table.table)
    records = open_records(path, layout, table.table, is_told=told)
    seen, unread = Observation(table, records.format), 0
    for place, piece in enumerate(records, 1):
        try:
            seen.see(record_of(piece, place, now, records=False), piece.line)
        except RecordError:
            unread += 1
    return seen, unread
