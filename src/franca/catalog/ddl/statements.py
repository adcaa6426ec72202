"""Tells a script's statements apart: quotes, comments, dollar quotes, GO, slashes and data between them."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_ESCAPED = r"'(?:[^'\\]|\\.|'')*'"
_STRING = {"mysql": _ESCAPED, "postgres": rf"\b[eE]{_ESCAPED}|'(?:[^']|'')*'"}
_COMMENT = r"--[^\n]*|/\*(?:(?!/\*|\*/).|/\*(?:(?!\*/).)*\*/)*\*/"
"""A comment; one within another counts, as in PostgreSQL and SQL Server."""
_PIECES = (
    f"(?P<comment>{_COMMENT})",
    r"(?P<dollar>\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)",
    r'(?P<name>"(?:[^"]|"")*"|`[^`\n]*`)',
    r"(?P<copy>^COPY\s[^;]*FROM\s+stdin[^;]*;.*?^\\\.$)",
    r"(?P<meta>^\\[^\n]*$|^DELIMITER\b[^\n]*$)",
    r"(?P<end>;|^[ \t]*(?:GO|/)[ \t]*\d*[ \t]*$)",
)
_NEXT = (
    r"|(?P<next>^[ \t]*(?=(?:CREATE|ALTER|DROP)\s+(?:UNIQUE\s+|CLUSTERED\s+|NONCLUSTERED\s+)*"
    r"(?:TABLE|TYPE|INDEX|VIEW|SCHEMA|TRIGGER|FUNCTION|PROC(?:EDURE)?)\b|(?:INSERT|EXEC|PRINT|GRANT)\b))"
)
"""SQL Server's statements need no sign between them: they begin with a line."""


class Statement(NamedTuple):
    """A statement's text without what stands before it, and the line on which it begins, from 1."""

    line: int
    text: str


def statements(text: str, dialect: str) -> Iterator[Statement]:
    """Yield the statements of a script that are not empty. Never raises: what is torn stays in one piece."""
    string = _STRING.get(dialect, r"'(?:[^']|'')*'")
    bracket = r"|(?P<bracket>\[[^\]\n]*\])" if dialect in {"tsql", "sqlite"} else ""
    following = _NEXT if dialect == "tsql" else "|(?P<next>(?!))"
    pieces = re.compile(
        f"(?P<string>{string}){bracket}|{'|'.join(_PIECES)}{following}",
        re.DOTALL | re.MULTILINE | re.IGNORECASE,
    )
    start, line, counted = 0, 1, 0
    for begin, end in _spans(text, pieces, start):
        blank = _BLANK.match(text, begin, end)
        begin = blank.end() if blank else begin
        if begin < end:
            line, counted = line + text.count("\n", counted, begin), begin
            yield Statement(line, text[begin:end].rstrip())


_BLANK = re.compile(rf"(?:\s+|{_COMMENT})*", re.DOTALL)


def _spans(text: str, pieces: re.Pattern[str], start: int) -> Iterator[tuple[int, int]]:
    """Yield where each statement begins and ends, those without a word among them."""
    for found in pieces.finditer(text):
        if found["end"] or found["copy"] or found["meta"] or found["next"] is not None:
            yield start, found.start()
            start = found.end()
    yield start, len(text)
