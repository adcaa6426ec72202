"""Where the lake is: the place of each entity's tables, for deltalake and for plain files alike."""

import re
from pathlib import Path
from typing import Any, cast

from obstore.exceptions import BaseError
from obstore.store import LocalStore, from_url
from obstore.store import ObjectStore as ObjectStore

from franca.errors import DefinitionError

Options = dict[str, str]

_CLIENT_OPTIONS = frozenset(
    {
        "allow_http",
        "allow_invalid_certificates",
        "connect_timeout",
        "default_content_type",
        "http1_only",
        "http2_keep_alive_interval",
        "http2_keep_alive_timeout",
        "http2_keep_alive_while_idle",
        "http2_max_frame_size",
        "http2_only",
        "pool_idle_timeout",
        "pool_max_idle_per_host",
        "proxy_ca_certificate",
        "proxy_excludes",
        "proxy_url",
        "randomize_addresses",
        "read_timeout",
        "timeout",
        "user_agent",
    }
)
"""Options on how to speak HTTP: deltalake takes them among the others, obstore by themselves."""

_PREFIX = re.compile("^(aws|azure|google)_")
_REMEDY = "check url and options of [lake] and [archive] in franca.toml"


TABLES = ("events", "snapshot", "deleted")
"""An entity's tables."""


def events_url(lake_url: str, entity: str) -> str:
    """Return the URL of an entity's `events` table."""
    return table_url(lake_url, entity, "events")


def table_url(lake_url: str, entity: str, table: str) -> str:
    """Return the URL of one of an entity's tables: `events`, `snapshot` or `deleted`."""
    return f"{lake_url.rstrip('/')}/{entity}/{table}"


def is_local(url: str) -> bool:
    """Tell whether the URL is a folder of this machine."""
    return "://" not in url or url.startswith("file://")


def open_store(url: str, options: Options) -> ObjectStore:
    """Return the object store whose root is the URL; a missing local folder is made.

    Nothing is asked over the network yet. Raises DefinitionError for a URL or an option that is wrong.
    """
    if is_local(url):
        return LocalStore(Path(url.removeprefix("file://")).absolute(), mkdir=True)
    plain = {name: _PREFIX.sub("", name.lower()) for name in options}
    client = {plain[name]: value for name, value in options.items() if plain[name] in _CLIENT_OPTIONS}
    own = {name: value for name, value in options.items() if plain[name] not in _CLIENT_OPTIONS}
    try:
        return from_url(url, config=cast("Any", own), client_options=cast("Any", client))
    except (BaseError, ValueError) as error:
        reason = " ".join(str(error).partition("Debug source")[0].split())
        raise DefinitionError.one(url, reason, _REMEDY) from error
