"""The text of a copybook as sentences of words: reference format, comments, continued lines, literals."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple


class Word(NamedTuple):
    """One word of a copybook and its line, from 1; a literal keeps its quotes."""

    text: str
    line: int

    @property
    def is_literal(self) -> bool:
        """Whether it is a literal in quotes."""
        return _LITERAL.fullmatch(self.text) is not None


_LITERAL = re.compile(r"(?:[A-Za-z]{0,2})(?:\"(?:[^\"]|\"\")*\"?|'(?:[^']|'')*'?)")
_WORD = re.compile(
    r"\*>.*|[A-Za-z]{0,2}(?:\"(?:[^\"]|\"\")*\"?|'(?:[^']|'')*'?)(?=[\s.,;)]|$)|[^\s\"']+|[\"'][^\s]*"
)
_LISTING = re.compile(r"(?:EJECT|SKIP[123]|TITLE\b.*|>>.*|\$SET\b.*)\.?", re.IGNORECASE)
_AREA = re.compile(r"(?: {6}|[^ ]{6}|[0-9 ]{6})(?:[ *\-/dD$]|$)")
_COLUMNS = 72


def sentences(text: str) -> Iterator[Sequence[Word]]:
    """Yield the sentences, each up to its period, without the period."""
    gathered: list[Word] = []
    for line, content in _lines(text):
        for found in _WORD.finditer(content):
            word = found[0]
            if word.startswith("*>"):
                break
            ends = word.endswith(".") and not (word[0] in "\"'" and _LITERAL.fullmatch(word))
            word = (word[:-1] if ends else word).rstrip(",;")
            if word:
                gathered.append(Word(word, line))
            if ends and gathered:
                yield gathered
                gathered = []
    if gathered:
        yield gathered


def is_free(text: str) -> bool:
    r"""Return whether the lines begin in any column, instead of leaving six for a sequence number.

    >>> is_free("01 A.\n  05 B PIC X."), is_free("000100 01 A.")
    (True, False)
    """
    lines = [line.expandtabs(8) for line in text.splitlines() if line.strip()]
    return any(not _AREA.match(line) for line in lines if not line.lstrip().startswith("*"))


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield each line of code with its number, continued lines with the one that they continue."""
    free = is_free(text)
    waiting: tuple[int, str] | None = None
    for number, line in enumerate(text.lstrip("\ufeff").replace("\x1a", "").splitlines(), 1):
        line = line.expandtabs(8)
        mark, content = (" ", line) if free else (line[6:7] or " ", line[7:_COLUMNS])
        if free and line.lstrip().startswith("*"):
            continue
        if mark in "*/dD$" or not content.strip() or _LISTING.fullmatch(content.strip()):
            continue
        if mark == "-" and waiting is not None:
            waiting = waiting[0], _continued(waiting[1], content)
            continue
        if waiting is not None:
            yield waiting
        waiting = number, content
    if waiting is not None:
        yield waiting


def _continued(before: str, content: str) -> str:
    """Return a line with the one that continues it: a word, or a literal from its quote on."""
    quote = _open_quote(before)
    if not quote:
        return before.rstrip() + content.lstrip()
    return before.ljust(_COLUMNS - 7) + content.lstrip().removeprefix(quote)


def _open_quote(line: str) -> str:
    quote = ""
    for character in line:
        if not quote and character in "\"'":
            quote = character
        elif character == quote:
            quote = ""
    return quote
