"""What `franca backfill` loads from: files as they are, and copies of what lies elsewhere."""

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from franca.cli.backfill_run import Snapshots
from franca.cli.output import without_login
from franca.cli.packed import plain_name
from franca.cli.parquet import left_over_of
from franca.cli.reading import reading_of
from franca.cli.row_download import downloaded, objects_of
from franca.cli.row_heads import columns_of_head, require_columns
from franca.cli.row_pieces import pieces
from franca.cli.row_sources import files_of, is_remote
from franca.cli.rows import RowFile
from franca.cli.table_copy import copied, is_address, shown
from franca.config.pipelines import format_of
from franca.errors import UsageError
from franca.model.layouts import Csv
from franca.model.shape import shape_of
from franca.operations.backfill.left_over import Origin, numbers_of
from franca.operations.backfill.loading import Loading
from franca.operations.backfill.piece import Piece, limited
from franca.operations.backfill.snapshot import Snapshot, Taken, snapshot_of_file


class Asked(NamedTuple):
    """What is asked of sources: of a database the named table, of each so many rows at most.

    The copy of a database's table may be kept where it is not loaded to its end.
    """

    name: str = ""
    limit: int | None = None
    is_kept: bool = True


@contextmanager
def opened_sources(
    loading: Loading, sources: Sequence[RowFile], taken: Taken, asked: Asked
) -> Iterator[Snapshots]:
    """Give snapshots with their pieces.

    A snapshot's pieces are there until the next one is asked for. Of what is no file of this machine there is
    a copy for that long. Raises UsageError for what can't be read, or not twice, before there is any.
    """
    files = []
    for source in files_of(sources):
        _require_file(source)
        files += list(objects_of(loading.project, source)) if is_remote(source.path) else [source]
    for file in files:
        if not is_address(file.path) and not _is_laid_out(loading, file):
            require_columns(file, loading.application, loading.table)
    with closing(_opened(loading, files, taken, asked)) as opened:
        yield ((snapshot, limited(some, asked.limit)) for snapshot, some in opened)


def _opened(
    loading: Loading, files: Sequence[RowFile], taken: Taken, asked: Asked
) -> Generator[tuple[Snapshot, Iterable[Piece]]]:
    for source in files:
        with ExitStack() as stack:
            file, chosen = source, ""
            if is_remote(source.path):
                file = stack.enter_context(downloaded(loading.project, source))
                if not _is_laid_out(loading, file):
                    require_columns(file, loading.application, loading.table)
            elif is_address(source.path):
                copy = copied(loading, source.path, asked.name, taken, is_kept=asked.is_kept)
                file, chosen = RowFile(str(stack.enter_context(copy)), "jsonl"), "plain"
            snapshot = _snapshot(loading, file, taken, chosen or row_format(loading, file))
            if file is not source:
                snapshot = replace(snapshot, name=_shown(source.path))
            yield snapshot, pieces(file, loading.table, snapshot.format)


def _shown(source: str) -> str:
    """Return what lies elsewhere for people to read: without its login and its options."""
    return without_login(source).partition("?")[0] if is_remote(source) else shown(source)


def row_format(loading: Loading, file: RowFile) -> str:
    """Return the format of a file's raw values: where changes are captured, found out row by row.

    A table that says how its records are laid out has files of such records, as `franca send` takes them.
    """
    told = format_of(loading.project, loading.application, loading.table)
    if told == "plain" or _is_laid_out(loading, file):
        return told
    return "auto"


def _is_laid_out(loading: Loading, file: RowFile) -> bool:
    told = format_of(loading.project, loading.application, loading.table)
    declared = shape_of(loading.table).format
    is_laid_out = declared is not None and not isinstance(declared, str) and declared.name == told
    return is_laid_out and file.format in ("", told)


def _require_file(source: RowFile) -> None:
    if source.path == "-":
        raise UsageError.one("-", "standard input can't be read again after a kill", "write it to a file")
    if source.format == "records":
        reason = "raw record lines have places of their own"
        raise UsageError.one("--format", reason, "put them on the topic: `franca send`")


def _snapshot(loading: Loading, file: RowFile, taken: Taken, chosen: str) -> Snapshot:
    is_laid_out = _is_laid_out(loading, file)
    layout = shape_of(loading.table).format
    told = None if isinstance(layout, str) else layout
    reading = reading_of(file, told, is_laid_out=is_laid_out)
    epoch, beside = loading.application.epoch, "" if is_laid_out else folders_tell(loading, file)
    origin = None if is_laid_out else _origin(file)
    taken = taken if origin is None else origin.taken(taken, loading.name)
    found = snapshot_of_file(Path(file.path), loading.name, epoch, taken, reading, beside)
    is_csv = isinstance(told, Csv) if is_laid_out else file.kind == "csv"
    last = _last(file, found, is_laid_out=is_laid_out)
    found = replace(found, format=chosen, last=last, has_readings=is_csv or found.has_readings)
    return found if origin is None else origin.snapshot(found, numbers_of(Path(file.path)))


def _origin(file: RowFile) -> Origin | None:
    """Return of which snapshot a file's rows were left over, None for any other file."""
    is_plain = file.kind == "parquet" and file.path == plain_name(file.path)
    return left_over_of(file.path) if is_plain else None


def folders_tell(loading: Loading, file: RowFile) -> str:
    """Return what the names of a file's folders tell of its rows, and the file does not."""
    columns = {field.column for field in shape_of(loading.table).fields}
    told = [(name, value) for name, value in file.partitions if name in columns]
    if not told or file.kind != "parquet":
        return ""
    lacking = columns - {*columns_of_head(file)}
    return "\0".join(f"{name}={value}" for name, value in told if name in lacking)


def _last(file: RowFile, snapshot: Snapshot, *, is_laid_out: bool) -> int:
    """Return the number of a file's last row, 0 where only reading it tells."""
    if is_laid_out or file.path != plain_name(file.path):
        return 0
    if file.kind != "parquet":
        return snapshot.lines
    from franca.cli.parquet import count_of_rows  # in an extra

    return count_of_rows(file.path)
