"""Removes a table from the lake, files and log, for good."""

import shutil
from contextlib import suppress
from pathlib import Path

import obstore

from franca.lake.location import Options, is_local, open_store
from franca.lake.translation import translated


def is_table(url: str, options: Options) -> bool:
    """Return whether anything is below a table's URL. Raises UnavailableError."""
    if is_local(url):
        return Path(url.removeprefix("file://")).exists()
    with translated("lake"):
        return any(True for _ in obstore.list(open_store(url, options), chunk_size=1))


def remove_table(url: str, options: Options) -> None:
    """Delete everything below a table's URL, its log first. Raises UnavailableError.

    Without its log nobody takes the rest for a table, wherever this ends.
    """
    with translated("lake"):
        if is_local(url):
            folder = Path(url.removeprefix("file://"))
            shutil.rmtree(folder / "_delta_log", ignore_errors=True)
            if folder.exists():
                shutil.rmtree(folder)
                with suppress(OSError):  # it is not empty
                    folder.parent.rmdir()
            return
        store = open_store(url, options)
        for prefix in ("_delta_log", None):
            for found in obstore.list(store, prefix):
                obstore.delete(store, [each["path"] for each in found])
