"""Where the lake is: the place of each entity's tables, for deltalake and for plain files alike."""

from pathlib import Path
from typing import Any, cast

from obstore.store import LocalStore, from_url
from obstore.store import ObjectStore as ObjectStore

Options = dict[str, str]


def events_url(lake_url: str, entity: str) -> str:
    """Return the URL of an entity's `events` table."""
    return f"{lake_url.rstrip('/')}/{entity}/events"


def is_local(url: str) -> bool:
    """Tell whether the URL is a folder of this machine."""
    return "://" not in url or url.startswith("file://")


def open_store(url: str, options: Options) -> ObjectStore:
    """Return the object store whose root is the URL; a missing local folder is made."""
    if is_local(url):
        return LocalStore(Path(url.removeprefix("file://")).absolute(), mkdir=True)
    return from_url(url, config=cast("Any", options))
