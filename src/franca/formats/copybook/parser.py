"""A copybook's text to its records: the entries of level 01 and 77, with all that stands below them."""

import re
from collections.abc import Sequence

from franca.errors import DefinitionError, Problem
from franca.formats.copybook.clauses import Clauses
from franca.formats.copybook.copying import read_copy
from franca.formats.copybook.item import Item
from franca.formats.copybook.source import Word, sentences
from franca.model.layouts import Library, empty

_NAME = re.compile(r"[A-Z0-9_](?:[A-Z0-9_#@$-]*[A-Z0-9_#@$])?")
_AROUND = {"DATA", "FILE", "FD", "SD", "WORKING-STORAGE", "LINKAGE", "LOCAL-STORAGE"}
_PROGRAM = {"IDENTIFICATION", "ENVIRONMENT", "PROCEDURE"}
_LARGEST_LEVEL, _RENAMES, _ALONE, _CONDITION, _CONSTANT = 49, 66, 77, 88, 78


def parse(text: str, file: str = "", library: Library = empty) -> list[Item]:
    """Return the records of a copybook. Raises DefinitionError with every problem and its line.

    One that begins below level 01 is one record without a name. `library` has what it copies.
    """
    parser = _Parser(file, library)
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
    def __init__(self, file: str, library: Library) -> None:
        self.records: list[Item] = []
        self.problems: list[Problem] = []
        self._file, self._library = file, library
        self._copying: list[str] = []
        self._open: list[Item] = []
        self._embedded = False

    def report(self, line: int, reason: str, remedy: str, path: str = "copybook") -> None:
        """Keep a problem."""
        self.problems.append(Problem(path, reason, remedy, self._file, line))

    def add(self, words: Sequence[Word]) -> None:
        """Add the entry of a sentence."""
        first, line = words[0].text.upper(), words[0].line
        if first == "COPY":
            self._copy(words)
        elif any(word.text.upper() == "COPY" for word in words[:3]):
            self.report(line, "has a COPY within an entry", "let it be a sentence of its own")
        elif first in _AROUND or first == "EXEC" or first == "REPLACE":
            if first in {"EXEC", "REPLACE"}:
                self.report(line, f"has a statement {first}", "put what it stands for in its place")
        elif first in _PROGRAM:
            self.report(line, f"is a program: it has a {first} DIVISION", "keep the record's entries only")
        elif not first.isdecimal():
            self.report(line, f"has {first!r} where a level number is expected", "check the line above too")
        else:
            self._entry(int(first), words[1:], line)

    def _copy(self, words: Sequence[Word]) -> None:
        """Add what another copybook has in the place of the statement."""
        line = words[0].line
        try:
            copy = read_copy(words)
        except ValueError as error:
            self.report(line, str(error), "check the statement")
            return
        found = self._library(copy.name)
        if found is None or found.path in self._copying:
            reason = (
                f"copies {copy.name}, which is not here" if found is None else f"copies {copy.name} in itself"
            )
            self.report(line, reason, "put it beside this one, or its text in the statement's place")
            return
        file, self._file = self._file, found.path
        self._copying.append(found.path)
        for sentence in sentences(found.text):
            if replaced := copy.of(sentence):
                self.add(replaced)
        self._copying.pop()
        self._file = file

    def _entry(self, level: int, words: Sequence[Word], line: int) -> None:
        if level in {_RENAMES, _CONSTANT}:
            return
        if not (1 <= level <= _LARGEST_LEVEL or level in {_ALONE, _CONDITION}):
            self.report(line, f"has the level {level}", "expected 01 to 49, 66, 77 or 88")
            return
        name, rest = _named(words)
        if ":" in name:
            remedy = "copy it into another copybook, COPY … REPLACING ==:TAG:== BY ==NAME=="
            self.report(line, f"has the name {name}, a text to be replaced", remedy)
            return
        if name and not _NAME.fullmatch(name):
            self.report(line, f"has the name {name!r}", "expected letters, digits and hyphens")
            return
        item = Item(1 if level == _ALONE else level, name, line, self._file)
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
                self.records.append(Item(0, "", item.line, item.file))
            self.records[-1].children.append(item)
        self._open.append(item)

    def check(self, record: Item) -> None:
        """Report what entries say of themselves that can't be."""
        for item in record.walk():
            path = item.name or "FILLER"
            self._file = item.file
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
