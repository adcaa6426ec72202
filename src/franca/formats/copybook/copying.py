"""The COPY statement of a copybook: whose text stands in its place, and which words become others there."""

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from franca.formats.copybook.source import Word

Part = Literal["", "LEADING", "TRAILING"]
_LIBRARY = {"OF", "IN"}
_MARK = "=="
_TAG = re.compile(r":[^:\s]+:|\([^()\s]+\)")
"""A text in colons or parentheses: it is found within words, whose part it marks."""


class Replacement(NamedTuple):
    """Words and those that stand for them; `part` is the end of a word that is meant, if one is."""

    old: tuple[str, ...]
    new: tuple[str, ...]
    part: Part = ""

    def at(self, words: Sequence[Word], place: int) -> tuple[Sequence[Word], int]:
        """Return what stands for the words from a place on, and how many those are: none where none fit."""
        word = words[place]
        if word.is_literal and len(self.old) == 1 and self.old[0] != word.text:
            return (), 0
        if len(self.old) == 1 and (self.part or _TAG.fullmatch(self.old[0])):
            made = self._within(word.text)
            return ([word._replace(text=made)] if made else [], 1) if made != word.text else ((), 0)
        found = [each.text.upper() for each in words[place : place + len(self.old)]]
        if found != [each.upper() for each in self.old]:
            return (), 0
        return [word._replace(text=text) for text in self.new], len(self.old)

    def _within(self, text: str) -> str:
        old, new = self.old[0], " ".join(self.new)
        pattern = {"LEADING": f"^{re.escape(old)}", "TRAILING": f"{re.escape(old)}$"}
        return re.sub(pattern.get(self.part, re.escape(old)), lambda _: new, text, flags=re.IGNORECASE)


class Copy(NamedTuple):
    """A COPY statement: the name of what is copied, and what is replaced in it."""

    name: str
    replacements: tuple[Replacement, ...] = ()

    def of(self, words: Sequence[Word]) -> Sequence[Word]:
        """Return a sentence of the copied text with its words replaced, those put in left as they are."""
        made: list[Word] = []
        place = 0
        while place < len(words):
            for each in self.replacements:
                new, taken = each.at(words, place)
                if taken:
                    made += new
                    place += taken
                    break
            else:
                made.append(words[place])
                place += 1
        return made


def read_copy(words: Sequence[Word]) -> Copy:
    """Return the statement that a sentence is, COPY its first word. Raises ValueError with what is wrong."""
    texts = [word.text for word in words[1:]]
    if not texts:
        raise ValueError("copies nothing: expected a name")
    name, rest = texts[0].strip("\"'"), texts[1:]
    if rest[:1] and rest[0].upper() in _LIBRARY:
        rest = rest[2:]
    if rest[:1] and rest[0].upper() == "SUPPRESS":
        rest = rest[1:]
    if rest and rest[0].upper() != "REPLACING":
        raise ValueError(f"copies {name}, and has {rest[0]!r} where REPLACING is expected")
    return Copy(name, tuple(_replacements(rest[1:])))


def _replacements(texts: Sequence[str]) -> list[Replacement]:
    found: list[Replacement] = []
    while texts:
        part: Part = ""
        first = texts[0].upper()
        if first in {"LEADING", "TRAILING"}:
            part = "LEADING" if first == "LEADING" else "TRAILING"
            texts = texts[1:]
        old, texts = _operand(texts)
        if not old or not texts or texts[0].upper() != "BY":
            raise ValueError("replaces something, and does not say BY what")
        new, texts = _operand(texts[1:])
        found.append(Replacement(old, new, part))
    return found


def _operand(texts: Sequence[str]) -> tuple[tuple[str, ...], Sequence[str]]:
    """Return the words of an operand, one word or all between two marks, and what follows it."""
    if not texts:
        raise ValueError("replaces something, and does not say BY what")
    if not texts[0].startswith(_MARK):
        return (texts[0],), texts[1:]
    taken: list[str] = []
    inner = [texts[0].removeprefix(_MARK), *texts[1:]]
    for place, text in enumerate(inner):
        if text.endswith(_MARK):
            taken.append(text.removesuffix(_MARK))
            return tuple(each for each in taken if each), inner[place + 1 :]
        taken.append(text)
    raise ValueError("has a text to be replaced that no == ends")
