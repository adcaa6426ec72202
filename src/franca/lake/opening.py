"""Opens a Delta table at its newest version, unless its log is damaged.

deltalake takes a commit without content for one that changed nothing: what it told would be read past, and
the next commit would come behind it.
"""

from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from franca.lake.location import Options, open_store
from franca.lake.marks import commit_name, read_commit, sizes_of
from franca.lake.translation import DamagedLogError, is_torn


def newest_version(url: str, options: Options) -> DeltaTable:
    """Return a table's newest version.

    Raises what deltalake and the store raise, and DamagedLogError, which names the commit.
    """
    try:
        table = DeltaTable(url, storage_options=options)
    except DeltaError as error:
        if is_torn(error):
            _name_damage(url, options)
        raise
    sizes = sizes_of(open_store(url, options), table.version())
    empty = max((version for version, size in sizes.items() if not size), default=None)
    if empty is not None:
        raise DamagedLogError(f"{commit_name(empty)}: it is empty", is_last=empty == table.version())
    return table


def _name_damage(url: str, options: Options) -> None:
    """Raise DamagedLogError for the first commit that is no whole one: deltalake does not tell which."""
    files = open_store(url, options)
    for version in sorted(sizes_of(files)):
        read_commit(files, version)
