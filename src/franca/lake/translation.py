"""What the errors of deltalake and obstore mean: the one border where they become franca's."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from deltalake.exceptions import DeltaError, DeltaProtocolError, SchemaMismatchError, TableNotFoundError
from obstore.exceptions import (
    BaseError,
    InvalidPathError,
    NotSupportedError,
    UnknownConfigurationKeyError,
)

from franca.errors import DefinitionError, UnavailableError

_WRONG = (
    DeltaProtocolError,
    InvalidPathError,
    NotSupportedError,
    SchemaMismatchError,
    UnknownConfigurationKeyError,
)
"""Waiting does not cure these: somebody has to change a setting, or what else is done with the table."""

REMEDIES = {
    "events": "bring them back; or remove the entity's folder, and `franca run` reads the topic again",
    "snapshot": "bring them back; or remove this folder, and fold",
    "deleted": "bring them back; or remove this folder and the snapshot's, and fold",
}
"""What to do where parts of a table are missing or damaged."""

_REMEDY = "check the folder or bucket, its free space and its rights"


_COLOUR = re.compile("\x1b\\[[0-9;]*m")
_STACK = re.compile(r"\s0: <unknown>.*")
_GAP = re.compile(r"Expected contiguous commit files, but found gap\W.*?(\d{20}\.json)", re.DOTALL)
_HEADLESS = "No table metadata or protocol found in delta log"
_TORN = re.compile(r"(?:Json error: |_delta_log/\d{20}\.json: ).*")


class DamagedLogError(DeltaError):
    """A commit of a table's log is no JSON: its path, a colon, and why."""


def _damage_in(error: Exception) -> str:
    """Return how a table's log is damaged, empty where that is not what an error says."""
    if gap := _GAP.search(str(error)):
        return f"commits of its log are missing behind {gap[1]}"
    if _HEADLESS in str(error):
        return "the first commits of its log are missing"
    if torn := _TORN.search(_reason_in(error)):
        last = "the last one can be removed, and what it told is done again"
        return f"commits of its log are damaged: {torn[0]}; {last}"
    return ""


def _reason_in(error: Exception) -> str:
    """Return what an error says in a line, without colours, calls, and the tree that says it again."""
    text = " ".join(_COLOUR.sub("", str(error)).partition("Debug source:")[0].split())
    return _STACK.sub("", text)[:500]


def require_store(error: TableNotFoundError, url: str) -> None:
    """Raise DefinitionError where no table is there because no store is known for its URL."""
    if "Unknown scheme" in str(error):
        remedy = "expected a folder, or a URL as s3://bucket/lake; check [lake] in franca.toml"
        raise DefinitionError.one("lake", f"{url}: no store is known for such a URL", remedy) from error


@contextmanager
def translated(service: str, place: str = "") -> Iterator[None]:
    """Turn the errors of deltalake, obstore and the file system into franca's; the service is named.

    So is the place that is asked, where the error itself does not.
    """
    try:
        yield
    except (DeltaError, BaseError, OSError) as error:
        if isinstance(error, DeltaError) and (damage := _damage_in(error)):
            remedy = REMEDIES.get(place.rpartition("/")[2], REMEDIES["events"])
            reason = f"{place}: {damage}" if place else damage
            raise DefinitionError.one(service, reason, remedy) from error
        reason = _reason_in(error)
        if place not in reason:
            reason = f"{place}: {reason}"
        if isinstance(error, _WRONG):
            raise DefinitionError.one(service, reason, f"check [{service}] in franca.toml") from error
        raise UnavailableError(service, reason, _REMEDY) from error
