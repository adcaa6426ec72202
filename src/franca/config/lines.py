"""Finds the line of franca.toml on which a setting stands."""

import re
import tomllib
from collections.abc import Iterator

_KEY = r"(?:[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*')"
_KEYS = rf"{_KEY}(?:\s*\.\s*{_KEY})*"
_TABLE = re.compile(rf"\s*\[\s*({_KEYS})\s*\]")
_SETTING = re.compile(rf"\s*({_KEYS})\s*=")


def line_of(text: str, path: str, profile: str = "") -> int:
    r"""Return the line of a setting, or of the nearest table above it; 0 where neither is in the text.

    >>> line_of("[topics]\npartitions = 2", "topics.partitions"), line_of("", "topics")
    (2, 0)
    """
    found, length = 0, 0
    for number, told in _told(text):
        name = told.removeprefix(f"profile.{profile}.")
        if f"{path}.".startswith(f"{name}.") and len(name) >= length:
            found, length = number, len(name)
    return found


def _told(text: str) -> Iterator[tuple[int, str]]:
    """Yield each line that names a table or a setting, with the whole name."""
    table = ""
    for number, line in enumerate(text.splitlines(), 1):
        if opened := _TABLE.match(line):
            table = _name(opened[1])
            yield number, table
        elif said := _SETTING.match(line):
            yield number, f"{table}.{_name(said[1])}".lstrip(".")


def _name(keys: str) -> str:
    """Return a dotted key without its quotes and spaces."""
    names: list[str] = []
    at: object = tomllib.loads(f"{keys} = 0")
    while isinstance(at, dict):
        ((name, at),) = at.items()
        names.append(name)
    return ".".join(names)
