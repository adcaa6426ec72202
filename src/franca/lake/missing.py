"""Which files of an entity's tables are not there any more, though their logs tell of them."""

import obstore
import pyarrow as pa
from deltalake import DeltaTable

from franca.lake.location import Options, open_store, table_url
from franca.lake.tables import Tables
from franca.lake.translation import translated
from franca.model.shape import Shape

_REMEDIES = {
    "events": "bring them back; or remove the entity's folder, and `franca run` reads the topic again",
    "snapshot": "bring them back; or remove this folder, and fold",
    "deleted": "bring them back; or remove this folder and the snapshot's, and fold",
}


def missing_problems(lake_url: str, shape: Shape, options: Options, tables: Tables) -> list[str]:
    """Return what is wrong with the files of each table, in words. Raises UnavailableError."""
    opened = {
        "events": tables.events,
        "snapshot": tables.snapshot.table,
        "deleted": tables.deleted.table,
    }
    problems = []
    for name, table in opened.items():
        url = table_url(lake_url, shape.name, name)
        known, lost = _files(url, options, table) if table else (0, [])
        if lost:
            more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
            what = f"{len(lost)} of {known} files are not there: {url}/{lost[0]}{more}"
            problems.append(f"{name}: {what}; {_REMEDIES[name]}")
    return problems


def _files(url: str, options: Options, table: DeltaTable) -> tuple[int, list[str]]:
    """Return how many files a table has, and those of them that are not there."""
    with translated("lake", url):
        there = {str(each["path"]) for some in obstore.list(open_store(url, options)) for each in some}
    known = pa.table(table.get_add_actions(flatten=True))["path"].to_pylist()
    return len(known), sorted(path for path in known if path not in there)
