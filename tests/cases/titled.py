"""Titled pairs of text: a raw message, and the line that it must give."""

import re
from collections.abc import Iterator
from pathlib import Path

from franca.topics.raw_record import decode_line
from franca.types import Record

FOLDER = Path(__file__).parent
PAIR = re.compile(r"^## (?P<title>.+)\n(?P<message>.*)\n=> (?P<line>.*)$", re.MULTILINE)


def pairs(folder: str) -> Iterator[tuple[str, str, str, str]]:
    """Yield the format (the file's name), title, message and line of every pair."""
    for path in sorted((FOLDER / folder).glob("*.md")):
        for found in PAIR.finditer(path.read_text()):
            yield path.stem, found["title"], found["message"], found["line"]


def record_of(message: str) -> Record:
    """Return the record of a raw record line, or of a value at the topic's seventh offset.

    A value that begins with a backslash has escapes, one that begins with `0x` is hexadecimal.
    """
    if message.startswith("0x"):
        return Record("raw.shop.thing", 0, 7, 1_700_000_000_000, None, bytes.fromhex(message[2:]))
    if message.startswith('{"topic":"raw.'):
        return decode_line(message.encode())
    value = (
        message.encode().decode("unicode_escape").encode("latin-1")
        if message[:1] == "\\"
        else message.encode()
    )
    return Record("raw.shop.thing", 0, 7, 1_700_000_000_000, b'{"id":7}', value)
