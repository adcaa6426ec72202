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


_LOST = re.compile(
    r"No files found that match|too small to be a Parquet file|No magic bytes|\.parquet'? not found"
    r"|\.parquet.*416 Range Not Satisfiable",
    re.DOTALL,
)
"""How DuckDB and obstore tell of files of a table that are missing, empty, or cut off."""

_DAMAGED = re.compile(
    r"TProtocolException|Couldn't deserialize thrift|Deserializing page header failed|(?i:decompress)"
)
"""How DuckDB and Arrow tell of files whose inside is damaged, mostly without their names."""

_FILE = re.compile(rf"/({'|'.join(REMEDIES)})/[^/]+\.parquet")
_COLOUR = re.compile(r"(?:\x1b|\\x1b)\[[0-9;]*m")
_AGAIN = re.compile(r"\.? Detail: Python exception:|Debug source:|\n\nLINE ")
"""Where an error begins to say again what it has said, or shows the query of which it says it."""

_STACK = re.compile(r"\s0: <unknown>.*")
_GAP = re.compile(r"Expected contiguous commit files, but found gap\W.*?(\d{20}\.json)", re.DOTALL)
_HEADLESS = "No table metadata or protocol found in delta log"
_UNREAD = re.compile(r"Invalid Checkpoint|Invalid Parquet file")
"""What deltalake says where it opens a table; what else goes wrong with such files may be the network."""

_TORN = re.compile(r"(?:Json error: |_delta_log/\d{20}\.json: ).*")


class DamagedFileError(DeltaError):
    """A file of a table is no Parquet file: its path, a colon, and why."""


class NotStoredError(DeltaError):
    """A new file could not be put where it belongs, for what is not found there: it is of no table yet."""

    def __init__(self, error: Exception) -> None:
        cause = str(error).partition(" not found: ")[2] or error
        super().__init__(f"a new file was not stored, no file of the table is missing: {cause}")


class DamagedLogError(DeltaError):
    """A commit of a table's log is no JSON: its path, a colon, and why; whether no other one follows it."""

    def __init__(self, reason: str, *, is_last: bool) -> None:
        self.is_last = is_last
        super().__init__(reason)


def _damage_in(error: Exception, table: str) -> str:
    """Return how a table's log is damaged, empty where that is not what an error says.

    Of `deleted` nothing is told again: the snapshot has what its commits had, and is not folded back.
    """
    if gap := _GAP.search(str(error)):
        return f"commits of its log are missing behind {gap[1]}"
    if _HEADLESS in str(error):
        return "the first commits of its log are missing"
    is_checkpoint = isinstance(error, DamagedFileError) and "_delta_log/" in str(error)
    if is_checkpoint or _UNREAD.search(reason_in(error)):
        begun = f"where all commits from {0:020}.json on are there, remove these and `_last_checkpoint`"
        return f"checkpoints of its log are missing or damaged; {begun}"
    if torn := _TORN.search(reason_in(error)):
        last = "; the last one can be removed, and what it told is done again"
        is_again = isinstance(error, DamagedLogError) and error.is_last and table != "deleted"
        return f"commits of its log are damaged: {torn[0]}{last if is_again else ''}"
    return ""


def is_torn(error: Exception) -> bool:
    """Return whether an error says that a commit is no whole one."""
    return bool(_TORN.search(reason_in(error)))


def remedy_of_file(error: Exception, table: str = "") -> str:
    """Return what to do where an error says that a table's file is missing or damaged, else an empty text.

    The table is the one whose file the error tells, or else the one that is named.
    """
    if isinstance(error, NotStoredError):
        return f"try again; {_REMEDY}"
    is_damaged = bool(_DAMAGED.search(str(error)))
    is_lost = is_damaged or isinstance(error, DamagedFileError) or _LOST.search(str(error))
    if not is_lost or "_delta_log/" in str(error):
        return ""
    told = _FILE.search(str(error))
    remedy = REMEDIES.get(told[1] if told else table, "")
    lists = "`franca lake verify` lists them"
    return f"{lists}: {remedy}" if remedy else lists * is_damaged


def reason_in(error: Exception) -> str:
    """Return what an error says in a line, without colours, calls, and what follows that."""
    text = " ".join(_AGAIN.split(_COLOUR.sub("", str(error)))[0].split())
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
        table = place.rpartition("/")[2]
        if isinstance(error, DeltaError) and (damage := _damage_in(error, table)):
            remedy = REMEDIES.get(table, REMEDIES["events"])
            reason = f"{place}: {damage}" if place else damage
            raise DefinitionError.one(service, reason, remedy) from error
        reason = reason_in(error)
        if place not in reason:
            reason = f"{place}: {reason}"
        if isinstance(error, _WRONG):
            raise DefinitionError.one(service, reason, f"check [{service}] in franca.toml") from error
        of_file = remedy_of_file(error, table if table in REMEDIES else "events") if service == "lake" else ""
        raise UnavailableError(service, reason, of_file or _REMEDY) from error
