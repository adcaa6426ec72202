"""Tells a script's statements apart: quotes, comments, dollar quotes, GO, slashes and data between them."""

import re
from collections.abc import Generator, Iterator
from typing import NamedTuple

_ESCAPED = r"'(?:[^'\\]|\\.|'')*'"
_QUOTED = r"\bn?q'(?:\[.*?\]|\{.*?\}|\(.*?\)|<.*?>|(?P<sign>\S).*?(?P=sign))'"
_STRING = {
    "mysql": _ESCAPED,
    "postgres": rf"\b[eE]{_ESCAPED}|'(?:[^']|'')*'",
    "oracle": rf"{_QUOTED}|'(?:[^']|'')*'",
}
_COMMENT = r"--[^\n]*|/\*(?:(?!/\*|\*/).|/\*(?:(?!\*/).)*\*/)*\*/"
"""A comment; one within another counts, as in PostgreSQL and SQL Server."""
_PIECES = (
    f"(?P<comment>{_COMMENT})",
    r"(?P<dollar>\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)",
    r'(?P<name>"(?:[^"]|"")*"|`[^`\n]*`)',
    r"(?P<copy>^COPY\s[^;]*FROM\s+stdin[^;]*;.*?^\\\.$)",
    r"(?P<meta>^\\[^\n]*$|^DELIMITER[ \t]+(?P<mark>\S+)[^\n]*$)",
)
_END = r"|(?P<end>;|^[ \t]*(?:GO|/)[ \t]*\d*[ \t]*$)"
_END_OF_DB2 = _END.replace(";", r";|@[ \t]*$")
_DELIMITER = re.compile(r"DELIMITER\b", re.IGNORECASE)
_NEXT = (
    r"|(?P<next>^[ \t]*(?=(?:CREATE|ALTER|DROP)\s+(?:UNIQUE\s+|CLUSTERED\s+|NONCLUSTERED\s+)*"
    r"(?:TABLE|TYPE|INDEX|VIEW|SCHEMA|TRIGGER|FUNCTION|PROC(?:EDURE)?)\b|(?:INSERT|EXEC|PRINT|GRANT)\b))"
)
"""SQL Server's statements need no sign between them: they begin with a line."""
_COMMAND = (
    r"|(?P<command>^(?:PRO(?:MPT)?|REM(?:ARK)?|SET|SHOW?|SPO(?:OL)?|WHENEVER|CONN(?:ECT)?|DISC(?:ONNECT)?|EXIT|QUIT"
    r"|(?:UN)?DEF(?:INE)?|ACC(?:EPT)?|COL(?:UMN)?|CL(?:EAR)?|TTI(?:TLE)?|BTI(?:TLE)?|HO(?:ST)?|STA(?:RT)?|PAU(?:SE)?"
    r"|TIMI(?:NG)?|VAR(?:IABLE)?|PRINT|EXEC(?:UTE)?)\b[^\n]*$|^(?:@|!)[^\n]*$)"
)
"""SQL*Plus's own commands are one line each, and no sign ends them. Within a statement they are none."""


class Statement(NamedTuple):
    """A statement's text without what stands before it, and the line on which it begins, from 1."""

    line: int
    text: str


def statements(text: str, dialect: str) -> Iterator[Statement]:
    """Yield the statements of a script that are not empty. Never raises: what is torn stays in one piece."""
    string = _STRING.get(dialect, r"'(?:[^']|'')*'")
    bracket = r"|(?P<bracket>\[[^\]\n]*\])" if dialect in {"tsql", "sqlite"} else ""
    following = _NEXT if dialect == "tsql" else "|(?P<next>(?!))"
    end = _END_OF_DB2 if dialect in {"db2", ""} else _END
    commands = _COMMAND if dialect in {"oracle", ""} else "|(?P<command>(?!))"
    hash_comment = r"|#[^\n]*" if dialect == "mysql" else ""
    pieces = re.compile(
        f"(?P<string>{string}){bracket}{hash_comment}|{'|'.join(_PIECES)}{end}{following}{commands}",
        re.DOTALL | re.MULTILINE | re.IGNORECASE,
    )
    start, line, counted = 0, 1, 0
    for begin, behind in _spans(text, pieces, start):
        blank = _BLANK.match(text, begin, behind)
        begin = blank.end() if blank else begin
        if begin < behind:
            line, counted = line + text.count("\n", counted, begin), begin
            yield Statement(line, text[begin:behind].rstrip())


_BLANK = re.compile(rf"(?:\s+|#[^\n]*|{_COMMENT})*", re.DOTALL)
"""What may stand before a statement. None begins with the `#` of MySQL's comments."""


def _spans(text: str, pieces: re.Pattern[str], start: int) -> Iterator[tuple[int, int]]:
    """Yield where each statement begins and ends, those without a word among them."""
    place = 0
    while found := pieces.search(text, place):
        place = max(found.end(), found.start() + 1)
        if found["command"] and not _is_blank(text, start, found.start()):
            place = found.start() + 1
        elif found["end"] or found["copy"] or found["meta"] or found["command"] or found["next"] is not None:
            yield start, found.start()
            start = yield from _marked(text, found.end(), found["mark"] or ";")
            place = max(start, found.start() + 1)  # a sign may be empty
    yield start, len(text)


def _marked(text: str, start: int, mark: str) -> Generator[tuple[int, int], None, int]:
    """Yield the statements that end with another sign, as MySQL's DELIMITER says; return where they end."""
    while mark != ";":
        blank = _BLANK.match(text, start)
        end = text.find(mark, start)
        if end < 0 or (blank and _DELIMITER.match(text, blank.end())):
            break
        yield start, end
        start = end + len(mark)
    return start


def _is_blank(text: str, begin: int, end: int) -> bool:
    blank = _BLANK.match(text, begin, end)
    return blank is not None and blank.end() == end
