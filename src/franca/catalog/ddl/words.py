"""A statement's words in turn: quoted names, texts, numbers and signs, whatever the dialect."""

import re
from collections.abc import Collection
from typing import NamedTuple

from sqlglot.dialects.dialect import Dialect
from sqlglot.tokens import TokenType  # type: ignore[attr-defined]  # exported, though not by name

from franca.catalog.ddl.dialects import folded


class Torn(Exception):  # noqa: N818  # it says where reading ended, and only the reader of DDL sees it
    """The statement does not go on as a statement of its kind does."""


class Word(NamedTuple):
    """One word. `upper` is what it is compared by, empty for quoted names and texts; `name` is folded."""

    text: str
    upper: str
    name: str
    is_text: bool = False


END = Word("", "", "")


class Words:
    """The words of a statement, with a place among them."""

    def __init__(self, words: list[Word]) -> None:
        self._words = words
        self.at = 0

    @property
    def next(self) -> Word:
        """The word at the place, `END` behind the last."""
        return self._words[self.at] if self.at < len(self._words) else END

    @property
    def is_over(self) -> bool:
        """Whether there is no further word."""
        return self.at >= len(self._words)

    def take(self) -> Word:
        """Return the next word and go on. Raises Torn at the end."""
        if self.is_over:
            raise Torn("ends too early")
        self.at += 1
        return self._words[self.at - 1]

    def rest(self) -> list[Word]:
        """Return the words from the place on."""
        return self._words[self.at :]

    def skip(self, *words: str) -> bool:
        """Go past these words if they come next, all of them in this order; return whether they did."""
        ahead = self._words[self.at : self.at + len(words)]
        if [word.upper for word in ahead] != list(words):
            return False
        self.at += len(words)
        return True

    def skip_any(self, *words: str) -> bool:
        """Go past the next word if it is one of these; return whether it was."""
        return any(self.skip(word) for word in words)

    def need(self, word: str) -> None:
        """Go past this word. Raises Torn where another comes."""
        if not self.skip(word):
            raise Torn(f"has {self.next.text[:40]!r}, expected {word!r}")

    def path(self) -> tuple[str, ...]:
        """Return a name with those before its dots: schema and table, or schema, table and column."""
        parts = [self.take().name]
        while self.skip("."):
            if self.next.upper != ".":  # as in `db..table`
                parts.append(self.take().name)
        if not all(parts):
            raise Torn("has no name where one is expected")
        return tuple(parts)

    def inside(self) -> "Words":
        """Return the words between the bracket that comes next and its end, and go past it."""
        self.need("(")
        start = self.at
        self._close()
        return Words(self._words[start : self.at - 1])

    def _close(self) -> None:
        depth = 1
        while depth:
            word = self.take().upper
            depth += (word == "(") - (word == ")")

    def items(self) -> "list[Words]":
        """Return the rest, parted at the commas outside brackets, and go to the end."""
        parts: list[list[Word]] = [[]]
        depth = 0
        while not self.is_over:
            word = self.take()
            depth += (word.upper == "(") - (word.upper == ")")
            if word.upper == "," and not depth:
                parts.append([])
            else:
                parts[-1].append(word)
        return [Words(part) for part in parts if part]

    def clauses(self, verbs: Collection[str]) -> "list[Words]":
        """Return the rest, parted before these verbs outside brackets, and go to the end.

        A verb next to a column's name is its clause's own, as in `ALTER COLUMN a DROP NOT NULL`.
        """
        parts: list[list[Word]] = [[]]
        depth = 0
        while not self.is_over:
            word = self.take()
            depth += (word.upper == "(") - (word.upper == ")")
            before = [each.upper for each in parts[-1] if each.upper != "COLUMN"]
            if word.upper in verbs and not depth and not (len(before) == 2 and before[0] in _OF_COLUMNS):
                parts.append([])
            parts[-1].append(word)
        return [Words(part) for part in parts if part]

    def seek(self, *words: str) -> bool:
        """Go behind the next place outside brackets where these words stand; False, and the end, without."""
        while not self.is_over:
            if self.skip(*words):
                return True
            if self.take().upper == "(":
                self._close()
        return False


def words_of(text: str, dialect: str) -> Words:
    """Return the words of a statement. Raises sqlglot's TokenError for text with an open quote."""
    found: list[Word] = []
    text = _unwrapped(text) if dialect == "mysql" else text
    verb, *rest = text.split(None, 1) or [""]
    if verb.upper() in _COMMANDS and rest:
        return Words([Word(verb, verb.upper(), verb), *words_of(rest[0], dialect).rest()])
    tokens = Dialect.get_or_raise(None if dialect == "db2" else dialect).tokenize(text)
    for token in tokens:
        if token.token_type == TokenType.IDENTIFIER:
            found.append(Word(token.text, "", token.text))
        elif token.token_type in _TEXTS:
            found.append(Word(token.text, "", token.text, is_text=True))
        else:
            found += [Word(each, each.upper(), folded(each, dialect)) for each in token.text.split()]
    return Words(found)


_CONDITIONAL = re.compile(
    r"(?P<kept>--[ \t][^\n]*|#[^\n]*"
    r"|'(?:[^'\\]|\\.|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`)|/\*M?!\d*(?P<told>.*?)\*/",
    re.DOTALL,
)


def _unwrapped(text: str) -> str:
    """Return the text with what MySQL's conditional comments hold: the server runs it."""
    return _CONDITIONAL.sub(lambda found: found["kept"] or f" {found['told'] or ''} ", text)


_OF_COLUMNS = frozenset({"ALTER", "MODIFY"})
_COMMANDS = frozenset({"RENAME", "EXEC", "EXECUTE"})
"""What sqlglot takes no further apart where a statement begins with it."""

_TEXTS = frozenset(
    {
        TokenType.STRING,
        TokenType.NATIONAL_STRING,
        TokenType.RAW_STRING,
        TokenType.NATIONAL_RAW_STRING,
        TokenType.HEREDOC_STRING,
        TokenType.UNICODE_STRING,
        TokenType.BYTE_STRING,
    }
)
