"""A copybook's text to its records: the entries of level 01 and 77, with all that stands below them."""

import re
from collections.abc import Sequence

from franca.errors import DefinitionError, Problem
from franca.formats.copybook.clauses import Clauses
from franca.formats.copybook.item import Item
from franca.formats.copybook.source import Word, sentences

_NAME = re.compile(r"[A-Z0-9_](?:[A-Z0-9_#@$-]*[A-Z0-9_#@$])?")
_AROUND = {"DATA", "FILE", "FD", "SD", "WORKING-STORAGE", "LINKAGE", "LOCAL-STORAGE"}
_PROGRAM = {"IDENTIFICATION", "ENVIRONMENT", "PROCEDURE"}
_LARGEST_LEVEL, _RENAMES, _ALONE, _CONDITION, _CONSTANT = 49, 66, 77, 88, 78


def parse(text: str, file: str = "") -> list[Item]:
    """Return the records of a copybook. Raises DefinitionError with every problem and its line.

    One that begins below level 01 is one record without a name.
    """
    parser = _Parser(file)
    for words in sentences(text):
        parser.add(words)
    if not parser.records and not parser.problems:
        parser.report(0, "declares no item", "expected entries such as `01 CUST.` and `05 NAME PIC X(10).`")
    for record in parser.records:
        parser.check(record)
    if parser.problems:
        raise DefinitionError(parser.problems)
    return parser.records


class _Parser:
    def __init__(self, file: str) -> None:
        self.records: list[Item] = []
        self.problems: list[Problem] = []
        self._file = file
        self._open: list[Item] = []
        self._embedded = False

    def report(self, line: int, reason: str, remedy: str, path: str = "copybook") -> None:
        """Keep a problem."""
        self.problems.append(Problem(path, reason, remedy, self._file, line))

    def add(self, words: Sequence[Word]) -> None:
        """Add the entry of a sentence."""
        first, line = words[0].text.upper(), words[0].line
        if first == "COPY" or any(word.text.upper() == "COPY" for word in words[:2]):
            name = next((w.text for w in words[words[0].text.upper() != "COPY" :][1:]), "")
            self.report(line, f"copies {name}, which is not here", "put that copybook's text in its place")
        elif first in _AROUND or first == "EXEC" or first == "REPLACE":
            if first in {"EXEC", "REPLACE"}:
                self.report(line, f"has a statement {first}", "put what it stands for in its place")
        elif first in _PROGRAM:
            self.report(line, f"is a program: it has a {first} DIVISION", "keep the record's entries only")
        elif not first.isdecimal():
            self.report(line, f"has {first!r} where a level number is expected", "check the line above too")
        else:
            self._entry(int(first), words[1:], line)

    def _entry(self, level: int, words: Sequence[Word], line: int) -> None:
        if level in {_RENAMES, _CONSTANT}:
            return
        if not (1 <= level <= _LARGEST_LEVEL or level in {_ALONE, _CONDITION}):
            self.report(line, f"has the level {level}", "expected 01 to 49, 66, 77 or 88")
            return
        name, rest = _named(words)
        if ":" in name:
            remedy = "put what COPY … REPLACING would write in its place"
            self.report(line, f"has the name {name}, a text to be replaced", remedy)
            return
        if name and not _NAME.fullmatch(name):
            self.report(line, f"has the name {name!r}", "expected letters, digits and hyphens")
            return
        item = Item(1 if level == _ALONE else level, name, line)
        try:
            if level == _CONDITION:
                self._condition(item, rest)
                return
            Clauses(item, rest).read()
        except ValueError as error:
            self.report(line, str(error), "check the entry", name or "FILLER")
        self._place(item)

    def _condition(self, item: Item, rest: Sequence[Word]) -> None:
        if not self._open:
            raise ValueError("is a condition of no item")
        self._open[-1].conditions.append(Clauses(item, rest).values())

    def _place(self, item: Item) -> None:
        while self._open and self._open[-1].level >= item.level:
            self._open.pop()
        if self._open:
            self._open[-1].children.append(item)
        elif item.level == 1:
            self.records.append(item)
        else:
            if not self._embedded:
                self._embedded = True
                self.records.append(Item(0, "", item.line))
            self.records[-1].children.append(item)
        self._open.append(item)

    def check(self, record: Item) -> None:
        """Report what entries say of themselves that can't be."""
        for item in record.walk():
            path = item.name or "FILLER"
            if item.children and item.picture is not None:
                remedy = "mend the level numbers below it"
                self.report(item.line, "has a PICTURE and items below it", remedy, path)
            alone = item.usage in {"float", "double", "index", "pointer", *_SIZED}
            if not item.children and item.picture is None and not alone and not self.problems:
                self.report(
                    item.line, "has neither a PICTURE nor items below it", "add what is missing", path
                )


_SIZED = ("char", "short", "long", "longlong")


def _named(words: Sequence[Word]) -> tuple[str, Sequence[Word]]:
    """Return an entry's name, empty for a FILLER, and the words after it."""
    if not words or words[0].text.upper() in _NAMELESS:
        return "", words
    name = words[0].text.upper()
    return ("" if name == "FILLER" else name), words[1:]


_NAMELESS = {"PIC", "PICTURE", "REDEFINES", "OCCURS", "USAGE"}
