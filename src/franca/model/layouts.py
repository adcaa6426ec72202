"""How a table's raw records are laid out where they are no JSON: rows of CSV, fixed widths, copybooks.

`class Cust(Table, format=Csv(delimiter=";"))`: plain values, read by the formats of the same names.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar, Literal, NamedTuple, TypeAlias

from franca.errors import DefinitionError

_COPIED = re.compile(r"""\bCOPY\s+["']?([\w.@#$-]*[\w@#$])""", re.IGNORECASE)
RecordFormat: TypeAlias = Literal["F", "FB", "V", "VB", "D"]
"""How a file cuts its records: fixed (F, FB), by descriptor words (V), those in blocks (VB), lines (D)."""

Trim: TypeAlias = Literal["right", "left", "both", "none"]
Rule: TypeAlias = str | tuple[str, ...]
"""When a redefinition is read: a condition name (level 88), or an item and the values that choose it."""


class Copied(NamedTuple):
    """A copybook that another copies: where it is, and its text."""

    path: str
    text: str


Library: TypeAlias = Callable[[str], Copied | None]
"""Finds a copybook by the name that stands behind COPY."""


def empty(name: str) -> Copied | None:  # noqa: ARG001  # of a library's shape
    """Find nothing: the library of a copybook that is but a text."""
    return None


@dataclass(frozen=True, slots=True)
class Csv:
    """One row of CSV a record, as RFC 4180 writes it unless said otherwise.

    `columns` names the fields in their order, by default the table's columns; a message's header `columns`,
    and a file's first row unless `header` is false, say better. A field without quotes that is `null` is
    null where its column may be. `quote=""` is for files that quote nothing.
    """

    name: ClassVar[str] = "csv"

    delimiter: str = ","
    quote: str = '"'
    encoding: str = "utf-8"
    null: str = ""
    header: bool = True
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fixed:
    """Columns of so many characters one after another, as `Column(width=…)` and `Column(start=…)` say.

    Texts lose their padding on the side that `trim` names. A file has a record a line (`D`), or cuts
    without line ends after so many characters (`F`).
    """

    name: ClassVar[str] = "fixed"

    encoding: str = "utf-8"
    record_format: RecordFormat = "D"
    record_length: int | None = None
    trim: Trim = "right"


@dataclass(frozen=True, slots=True)
class Copybook:
    """Records as a COBOL copybook declares them; `path` is relative to the module that names it.

    `code_page` is any codec's name. `record` chooses one of several level 01 entries. `redefines` says when
    a redefinition, or one of several records, is read: `{"CONTACT": ("SEGMENT-ID", "P")}`. Tables that
    depend on a count move what follows them (`pad_record`, `shift_record` where files are cut by content),
    or keep their room (`max_size`). `floats` and `byte_order` go by the code page where not said: IBM's and
    big-endian for EBCDIC.
    """

    name: ClassVar[str] = "copybook"

    path: str = ""
    code_page: str = "cp037"
    record_format: RecordFormat = "F"
    record_length: int | None = None
    record: str = ""
    redefines: Mapping[str, Rule] = field(default_factory=dict)
    variable_size_occurs: Literal["pad_record", "shift_record", "max_size"] = "pad_record"
    floats: Literal["", "ibm", "ieee"] = ""
    byte_order: Literal["", "big", "little"] = ""
    trim: Trim = "right"

    def beside(self, folder: Path) -> "Copybook":
        """Return the layout with a path that does not depend on where a command runs."""
        return self if not self.path else replace(self, path=str(folder / self.path))

    def library(self, name: str) -> Copied | None:
        """Return the copybook of a name beside this one, in any case and with a usual ending, or none."""
        folder = Path(self.path).parent
        wanted = [
            f"{name}{ending}".lower() for ending in ("", ".cpy", ".cbl", ".cob", ".copy", ".copybook", ".txt")
        ]
        try:
            beside = {each.name.lower(): each for each in sorted(folder.iterdir()) if each.is_file()}
            found = next((beside[each] for each in wanted if each in beside), None)
            text = None if found is None else found.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return None
        return None if found is None or text is None else Copied(str(found), text)

    def texts(self) -> Sequence[str]:
        """Return the copybook's text and those that it copies, in the order of their names in it.

        Raises DefinitionError as `text`.
        """
        texts, known = [self.text()], {Path(self.path).name}
        for text in texts:
            for name in _COPIED.findall(text):
                found = self.library(name)
                if found is not None and Path(found.path).name not in known:
                    known.add(Path(found.path).name)
                    texts.append(found.text)
        return texts

    def text(self) -> str:
        """Return the copybook's own text. Raises DefinitionError where the file can't be read."""
        if not self.path:
            reason = "no copybook is named"
            raise DefinitionError.one(
                "copybook", reason, 'declare the table with format=Copybook("cust.cpy")'
            )
        try:
            return Path(self.path).read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            reason = f"can't be read: {error.strerror}"
            raise DefinitionError.one("copybook", reason, "check the path", self.path) from error


Layout: TypeAlias = Csv | Fixed | Copybook
