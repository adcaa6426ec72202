"""What `franca backfill` loads from: files as they are, and of a database's table a copy."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from franca.cli.backfill_run import Snapshots
from franca.cli.output import without_login
from franca.cli.row_pieces import pieces
from franca.cli.rows import RowFile
from franca.cli.table_copy import copied, is_address
from franca.config.pipelines import format_of
from franca.errors import UsageError
from franca.model.shape import shape_of
from franca.operations.backfill.loading import Loading
from franca.operations.backfill.piece import limited
from franca.operations.backfill.snapshot import Snapshot, Taken, snapshot_of


@contextmanager
def opened_sources(
    loading: Loading, sources: Sequence[RowFile], taken: Taken, name: str, limit: int | None
) -> Iterator[Snapshots]:
    """Give snapshots with their pieces, of each so many rows at most; `name` is a database's table.

    Of a database's table there is a copy, which stays where the block fails. Raises UsageError for what can't
    be read, or not twice.
    """
    with ExitStack() as stack:
        found = []
        for source in sources:
            file, chosen = source, ""
            if is_address(source.path):
                copy = copied(loading.project, loading.application, loading.table, source.path, name)
                file, chosen = RowFile(str(stack.enter_context(copy)), "jsonl"), "plain"
            snapshot = _snapshot(loading, file, taken, chosen or row_format(loading, file))
            if chosen:
                snapshot = replace(snapshot, name=without_login(source.path))
            found.append((snapshot, limited(pieces(file, loading.table, snapshot.format), limit)))
        yield found


def row_format(loading: Loading, file: RowFile) -> str:
    """Return the format of a file's raw values: where changes are captured, found out row by row.

    A table that says how its records are laid out has files of such records, as `franca send` takes them.
    """
    told = format_of(loading.project, loading.application, loading.table)
    declared = shape_of(loading.table).format
    is_laid_out = declared is not None and not isinstance(declared, str) and declared.name == told
    if told == "plain" or (is_laid_out and file.format in ("", told)):
        return told
    return "auto"


def _snapshot(loading: Loading, file: RowFile, taken: Taken, chosen: str) -> Snapshot:
    if file.path == "-":
        raise UsageError.one("-", "standard input can't be read again after a kill", "write it to a file")
    if file.format == "records":
        reason = "raw record lines have places of their own"
        raise UsageError.one("--format", reason, "put them on the topic: `franca send`")
    if Path(file.path).is_dir():
        raise UsageError.one(file.path, "is a folder", "name the files in it")
    told = "\0".join((file.format, file.delimiter, file.encoding)).strip("\0")
    found = snapshot_of(Path(file.path), loading.name, loading.application.epoch, taken, told)
    return replace(found, format=chosen)
