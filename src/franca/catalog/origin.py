"""What a user names as the source of tables: a database, DDL, a copybook or messages, by its look."""

import re
from pathlib import Path
from typing import Literal

from franca.errors import UsageError

OriginKind = Literal["database", "ddl", "copybook", "messages", "topics"]
KINDS: tuple[OriginKind, ...] = ("database", "ddl", "copybook", "messages", "topics")
TOPICS = "topics:"

_SUFFIXES: dict[str, OriginKind] = {
    ".sql": "ddl", ".ddl": "ddl", ".db2": "ddl",
    ".cpy": "copybook", ".cbl": "copybook", ".cob": "copybook", ".copy": "copybook", ".copybook": "copybook",
    ".jsonl": "messages", ".ndjson": "messages", ".json": "messages",
    ".csv": "messages", ".tsv": "messages",
}  # fmt: skip
_PACKED = re.compile(r"\.(?:gz|zst|bz2|xz)$", re.IGNORECASE)
_DDL = re.compile(rb"\b(?:CREATE|ALTER)\s+(?:\w+\s+)*(?:TABLE|TYPE|DOMAIN|VIEW)\b", re.IGNORECASE)
_COPYBOOK = re.compile(rb"^.{0,7}\s*\d\d\s+[A-Za-z0-9-]+[\s.]", re.MULTILINE)
_HEAD_BYTES = 65_536


def is_csv(where: str) -> bool:
    """Return whether a file holds rows of CSV, by its name."""
    return _suffix(where) in {".csv", ".tsv"}


def origin_kind(where: str, told: str = "") -> OriginKind:
    """Return what kind of source a URL or a file is: as told, by its name, else by how it begins.

    Raises UsageError for an unknown kind, a file that is not there, and one that looks like none.
    """
    for kind in KINDS:
        if told == kind:
            return kind
    if told:
        raise UsageError.one("--kind", f"is {told!r}, expected one of {', '.join(KINDS)}", "name one")
    if where.startswith(TOPICS):
        return "topics"
    if "://" in where:
        return "database"
    if where == "-":
        raise UsageError.one(
            "-", "can't be told by its name what it holds", f"say --kind {'|'.join(KINDS[1:4])}"
        )
    path = Path(where)
    if not path.is_file():
        raise UsageError.one(where, "no such file, and no URL of a database", "check the path")
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    return _by_head(head) or _SUFFIXES.get(_suffix(where)) or _by_text(where, head)


def _suffix(where: str) -> str:
    return Path(_PACKED.sub("", Path(where).name)).suffix.lower()


def _by_head(head: bytes) -> OriginKind | None:
    return "database" if head.startswith(b"SQLite format 3\0") else None


def _by_text(where: str, head: bytes) -> OriginKind:
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return "messages"
    if _DDL.search(head):
        return "ddl"
    if _COPYBOOK.search(head):
        return "copybook"
    expected = "expected DDL, a copybook, messages (a JSON object a line, or .csv) or an SQLite database"
    raise UsageError.one(
        where, f"looks like none of the known sources, {expected}", f"say --kind {'|'.join(KINDS[:4])}"
    )
