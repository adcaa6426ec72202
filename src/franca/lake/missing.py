"""Which files of tables are not there any more, or can't be read, though their logs tell of them."""

from collections.abc import Iterator, Sequence

import obstore
import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable

from franca.lake.dictionaries import coded_columns
from franca.lake.location import ObjectStore, Options, open_store, table_url
from franca.lake.pieces import rows_together
from franca.lake.tables import Tables
from franca.lake.translation import REMEDIES, translated
from franca.model.shape import Shape

_PIECE_ROWS = 1 << 15


def missing_problems(lake_url: str, shape: Shape, options: Options, tables: Tables) -> list[str]:
    """Return which files of each table are not there, in words. Raises UnavailableError."""
    problems = []
    for name, table in _opened(tables):
        url = table_url(lake_url, shape.name, name)
        with translated("lake", url):
            files = open_store(url, options)
            there = {str(each["path"]) for some in obstore.list(files) for each in some}
        known = _paths(table)
        lost = sorted(path for path in known if path not in there)
        if lost:
            more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
            what = f"{len(lost)} of {len(known)} files are not there: {url}/{lost[0]}{more}"
            problems.append(f"{name}: {what}; {REMEDIES[name]}")
    return problems


def damaged_problems(lake_url: str, shape: Shape, options: Options, tables: Tables) -> list[str]:
    """Return which files of each table can't be read, and why, in words. Raises UnavailableError.

    Every column of every row is read, whether anybody asks for it now or not.
    """
    problems = []
    for name, table in _opened(tables):
        url = table_url(lake_url, shape.name, name)
        known = _paths(table)
        with translated("lake", url):
            files = open_store(url, options)
            found = [(path, flaw) for path in known if (flaw := _flaw(files, path))]
        if found:
            (first, flaw), more = found[0], f" and {len(found) - 1} more" if len(found) > 1 else ""
            what = f"{len(found)} of {len(known)} files are damaged: {url}/{first} ({flaw}){more}"
            problems.append(f"{name}: {what}; {REMEDIES[name]}")
    return problems


def _opened(tables: Tables) -> Iterator[tuple[str, DeltaTable]]:
    """Yield the tables that there are, with their names."""
    every = {"events": tables.events, "snapshot": tables.snapshot.table, "deleted": tables.deleted.table}
    yield from ((name, table) for name, table in every.items() if table)


def _paths(table: DeltaTable) -> Sequence[str]:
    paths: list[str] = pa.table(table.get_add_actions(flatten=True))["path"].to_pylist()
    return sorted(paths)


def _flaw(files: ObjectStore, path: str) -> str:
    """Return why a file can't be read, empty where it can; some rows are in memory at a time."""
    content = pa.BufferReader(obstore.get(files, path).bytes())
    try:
        metadata = pq.read_metadata(content)
        source = pq.ParquetFile(
            content,
            metadata=metadata,
            read_dictionary=coded_columns(metadata),
            page_checksum_verification=True,
        )
        for batch in source.iter_batches(rows_together(source, _PIECE_ROWS), use_threads=False):
            batch.validate(full=True)
    except (pa.ArrowException, OSError) as error:
        return " ".join(str(error).split()) or type(error).__name__
    return ""
