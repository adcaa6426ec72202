"""What the words on text and identifiers do with a value that is not null."""

import hashlib
import re
import string
import uuid
from collections.abc import Callable

from franca.mapping.patterns import compiled
from franca.mapping.python.failure import Failed

UPPER = str.maketrans(string.ascii_lowercase, string.ascii_uppercase)
LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\Z")


def padder(width: int, fill: str, side: str) -> Callable[[str], str]:
    """Return a function that fills text up to the width."""

    def pad(value: str) -> str:
        if len(value) > width:
            raise Failed("too-long", f"at most {width} characters", value)
        return value.rjust(width, fill) if side == "left" else value.ljust(width, fill)

    return pad


def splitter(separator: str, index: int) -> Callable[[str], str | None]:
    """Return a function that gives the part with that index, from 1."""

    def split(value: str) -> str | None:
        parts = value.split(separator, index)
        return parts[index - 1] if len(parts) >= index else None

    return split


def extractor(pattern: str, group: int) -> Callable[[str], str | None]:
    """Return a function that gives the first match, or a group of it."""
    search = compiled(pattern).search

    def extract(value: str) -> str | None:
        found = search(value)
        return (found[group] or "") if found else None

    return extract


def matcher(pattern: str) -> Callable[[str], bool]:
    """Return a function that says whether the whole text matches."""
    match = compiled(f"^(?:{pattern})$").search
    return lambda value: match(value) is not None


def capitalize(value: str) -> str:
    """Return the first character in upper, the others in lower case."""
    return value[:1].translate(UPPER) + value[1:].translate(LOWER)


def sha256(value: str) -> str:
    """Return the digest in hexadecimal."""
    return hashlib.sha256(_utf8(value)).hexdigest()


def md5(value: str) -> str:
    """Return the digest in hexadecimal."""
    return hashlib.md5(_utf8(value), usedforsecurity=False).hexdigest()


def _utf8(value: str) -> bytes:
    try:
        return value.encode()
    except UnicodeEncodeError:
        raise Failed("bad-text", "text that UTF-8 can hold (a lone surrogate)", value) from None


def uuid5(namespace: str) -> Callable[[str], uuid.UUID]:
    """Return a function that gives the name-based identifier."""
    space = uuid.UUID(namespace)
    return lambda value: uuid.uuid5(space, value)


def uuid_of(value: str) -> uuid.UUID:
    """Read a UUID."""
    if _UUID.match(value):
        return uuid.UUID(value)
    raise Failed("not-a-uuid", "8-4-4-4-12 hexadecimal digits", value)
