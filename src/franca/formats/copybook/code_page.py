"""Code pages: any codec by name, and the EBCDIC ones of Europe and of z/OS Unix that Python has not got."""

import codecs
from dataclasses import dataclass
from functools import lru_cache

from franca.errors import DefinitionError

UNDEFINED = "\udc80"
"""What stands for a byte that a code page leaves undefined."""

_EURO = {"cp1141": "cp273", "cp1142": "cp277", "cp1143": "cp278", "cp1144": "cp280", "cp1145": "cp284",
         "cp1146": "cp285", "cp1147": "cp297", "cp1148": "cp500", "cp1149": "cp871"}  # fmt: skip
"""Pages that have the euro where an older one has the currency sign."""

_DIFFERENCES = {
    "cp277": (
        "474a4f5a5b5f676a707b7c809c9e9fa1b0babbc0d0dc",
        "}#!\xa4\xc5^$\xf8\xa6\xc6\xd8@{[]\xfc\xa2\xac|\xe6\xe5~",
    ),
    "cp278": (
        "43474a4f515a5b5f63676a71797b7c9fa1b0b5babbc0ccd0dce0ec",
        "{}\xa7!`\xa4\xc5^#$\xf6\\\xe9\xc4\xd6]\xfc\xa2[\xac|\xe4\xa6\xe5~\xc9@",
    ),
    "cp280": (
        "44484a4f5154585a5f6a797b7c90a1b0b1b5babbc0cdd0dde0",
        "{\\\xb0!]}~\xe9^\xf2\xf9\xa3\xa7[\xec\xa2#@\xac|\xe0\xa6\xe8`\xe7",
    ),
    "cp284": (
        "494a5a696a7ba1b0babbbd",
        "\xa6[]#\xf1\xd1\xa8\xa2^!~",
    ),
    "cp285": (
        "4a5ba1b0b1babc",
        "$\xa3\xaf\xa2[^~",
    ),
    "cp297": (
        "44484a4f51545a5f6a797b7c90a0a1b0b1b5babbbdc0d0dde0",
        "@\\\xb0!{}\xa7^\xf9\xb5\xa3\xe0[`\xa8\xa2#]\xac|~\xe9\xe8\xa6\xe7",
    ),
    "cp871": (
        "4a4f5a5f797c8c8e9c9ea1acaeb0babbbec0ccd0e0ec",
        "\xde!\xc6\xd6\xf0\xd0`{}]\xf6@[\xa2\xac|\\\xfe~\xe6\xb4^",
    ),
    "cp1047": (
        "5fadb0babbbd",
        "^[\xac\xdd\xa8]",
    ),
}
"""Pages that differ from cp037 in these bytes, and the characters that those are."""


@dataclass(frozen=True, slots=True)
class CodePage:
    """A code page. `table` has the character of each byte, None where a character may be several bytes."""

    name: str
    table: str | None
    is_ebcdic: bool

    @property
    def is_whole(self) -> bool:
        """Whether each byte is a character."""
        return self.table is not None and UNDEFINED not in self.table

    def decode(self, data: bytes) -> str:
        """Return the text of some bytes. Raises UnicodeDecodeError."""
        if self.table is None:
            return data.decode(self.name)
        text = codecs.charmap_decode(data, "strict", self.table)[0]
        if UNDEFINED in text:
            at = text.index(UNDEFINED)
            raise UnicodeDecodeError(self.name, data, at, at + 1, "the code page has no such character")
        return text


@lru_cache(maxsize=64)
def code_page(name: str) -> CodePage:
    """Return the code page of a name. Raises DefinitionError for one that nobody knows."""
    known = name.lower().replace("_", "").replace("-", "").replace("ibm", "cp").replace("ebcdic", "")
    made = _made(known)
    if made is not None:
        return CodePage(known, made, True)
    try:
        codec = _codec(name) or codecs.lookup(known)
        blank = b"\x40".decode(codec.name, "replace")
    except (LookupError, UnicodeError) as error:
        remedy = "name one such as cp037, cp500, cp273, cp1047, cp1140, latin-1 or utf-8"
        raise DefinitionError.one("code_page", f"no such code page: {name!r}", remedy) from error
    return CodePage(codec.name, _table(codec.name), blank == " ")


def _codec(name: str) -> codecs.CodecInfo | None:
    try:
        return codecs.lookup(name)
    except LookupError:
        return None


def _made(name: str) -> str | None:
    """Return the table of a page that is made of another's, None where Python's own serves."""
    if name in _EURO:
        base = _made(_EURO[name]) or _table(_EURO[name])
        return None if base is None else base.replace("\xa4", "\u20ac")
    if name not in _DIFFERENCES:
        return None
    table = list(_table("cp037") or "")
    places, characters = _DIFFERENCES[name]
    for place, character in zip(bytes.fromhex(places), characters, strict=True):
        table[place] = character
    return "".join(table)


_SECOND = b"\x30\x40\x81\xa1\xfe"
"""Bytes that may follow the first of a character's two or three."""


def _table(codec: str) -> str | None:
    """Return the character of each byte; None where a character may be several bytes."""
    table = []
    for byte in range(256):
        character = _read(bytes([byte]), codec)
        if len(character) != 1:
            return None
        if character == UNDEFINED and any(
            _read(bytes([byte, second]), codec)[:1] not in {"", UNDEFINED} for second in _SECOND
        ):
            return None
        table.append(character)
    return "".join(table)


def _read(data: bytes, codec: str) -> str:
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        return UNDEFINED
