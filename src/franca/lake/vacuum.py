"""Removes the files of an entity's tables that no version of the last hours has."""

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote

import obstore
from deltalake.exceptions import TableNotFoundError

from franca.lake.features import require_plain
from franca.lake.location import TABLES, Options, is_local, open_store, table_url
from franca.lake.log import remembering
from franca.lake.opening import newest_version
from franca.lake.translation import require_store, translated
from franca.model.shape import Shape

_HALF_WRITTEN = re.compile(r"#[0-9]+$")
"""How the name of a file ends that obstore is writing to a folder: it gets its own name when it is whole."""


def vacuum(
    lake_url: str, shape: Shape, options: Options, keep_hours: int, *, dry_run: bool = False
) -> Sequence[str]:
    """Return what was removed, or would be in a dry run, as paths below the entity.

    Raises UnavailableError, and DefinitionError where a table has features that commits would break.
    What is younger stays, whether it is part of a table or not: somebody may be reading or writing it. What
    killed writers left behind goes too. Tables remember from then on for so long when a file was replaced.
    """
    removed: list[str] = []
    for name in TABLES:
        url = table_url(lake_url, shape.name, name)
        with translated("lake", url):
            try:
                table = newest_version(url, options)
            except TableNotFoundError as error:
                require_store(error, url)
                continue
            if not dry_run:
                require_plain(url, table)
            kept = remembering(keep_hours)
            if not dry_run and not kept.items() <= table.metadata().configuration.items():
                table.alter.set_table_properties(kept)
            there = {each["path"] for some in obstore.list(open_store(url, options)) for each in some}
            paths = table.vacuum(
                retention_hours=keep_hours, dry_run=dry_run, enforce_retention_duration=False, full=True
            )  # which names what the log remembers to be replaced, long after it was removed
            removed += [f"{name}/{path}" for path in paths if unquote(path) in there or path in there]
            if is_local(url):
                folder = Path(url.removeprefix("file://"))
                for path in _half_written(folder, keep_hours):
                    removed.append(f"{name}/{path.relative_to(folder)}")
                    if not dry_run:
                        path.unlink(missing_ok=True)
    return removed


def _half_written(folder: Path, keep_hours: int) -> Iterator[Path]:
    """Yield the files that somebody was killed over, which no listing of obstore shows."""
    oldest = time.time() - keep_hours * 3600
    for path in [path for part in (".", "_delta_log", "_franca") for path in (folder / part).glob("*#*")]:
        with suppress(FileNotFoundError):  # it got its name meanwhile
            if _HALF_WRITTEN.search(path.name) and path.stat().st_mtime < oldest:
                yield path
