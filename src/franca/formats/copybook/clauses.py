"""The clauses of one entry of a copybook: PICTURE, USAGE, OCCURS and the others, in any order."""

from collections.abc import Callable, Sequence

from franca.formats.copybook.item import Condition, Item
from franca.formats.copybook.picture import picture_of
from franca.formats.copybook.source import Word

USAGES = {
    "DISPLAY": "display", "DISPLAY-1": "dbcs", "NATIONAL": "national", "PACKED-DECIMAL": "packed",
    "BINARY": "binary", "COMP": "binary", "COMP-0": "binary", "COMP-1": "float", "COMP-2": "double",
    "COMP-3": "packed", "COMP-4": "binary", "COMP-5": "native", "COMP-6": "unsigned packed",
    "COMP-9": "little", "COMP-X": "binary", "INDEX": "index", "POINTER": "pointer",
    "BINARY-CHAR": "char", "BINARY-SHORT": "short", "BINARY-LONG": "long", "BINARY-DOUBLE": "longlong",
    "FLOAT-SHORT": "float", "FLOAT-LONG": "double",
}  # fmt: skip
"""What the words of the USAGE clause mean; `COMPUTATIONAL` is the long form of `COMP`."""

_FIGURATIVE = {"ZERO": "0", "ZEROS": "0", "ZEROES": "0", "SPACE": " ", "SPACES": " "}
_UNBOUND = {"LOW-VALUE", "LOW-VALUES", "HIGH-VALUE", "HIGH-VALUES", "QUOTE", "QUOTES", "NULL", "NULLS"}


class Clauses:
    """Reads the clauses of one entry into its item. Raises ValueError with what is wrong."""

    def __init__(self, item: Item, words: Sequence[Word]) -> None:
        self._item, self._words, self._at = item, words, 0

    def read(self) -> None:
        """Read all of them."""
        while self._at < len(self._words):
            word = self._take()
            clause = _CLAUSES.get(word)
            if clause is None and _usage(word) is not None:
                self._item.usage = _usage(word) or ""
            elif clause is None:
                raise ValueError(f"has {word!r} where a clause begins: is a period missing before it?")
            else:
                clause(self)

    def _peek(self) -> str:
        return self._words[self._at].text.upper() if self._at < len(self._words) else ""

    def _take(self) -> str:
        if self._at >= len(self._words):
            raise ValueError("ends within a clause")
        self._at += 1
        return self._words[self._at - 1].text.upper()

    def _skip(self, *words: str) -> bool:
        found = False
        while self._peek() in words:
            self._at, found = self._at + 1, True
        return found

    def _number(self) -> int:
        word = self._take()
        if not word.isdecimal():
            raise ValueError(f"has {word!r}, expected a number of times")
        return int(word)

    def picture(self) -> None:
        """Read what stands after PICTURE."""
        self._skip("IS")
        self._item.picture_text = self._take()
        try:
            self._item.picture = picture_of(self._item.picture_text)
        except ValueError as error:
            raise ValueError(f"its PICTURE {self._item.picture_text} {error}") from error

    def usage(self) -> None:
        """Read what stands after USAGE."""
        self._skip("IS")
        word = self._take()
        usage = _usage(word)
        if usage is None:
            raise ValueError(f"has the USAGE {word}, which franca does not know")
        self._item.usage = usage

    def sign(self) -> None:
        """Read what stands after SIGN."""
        self._skip("IS")
        self._item.sign = self._take().lower()
        if self._item.sign not in {"leading", "trailing"}:
            raise ValueError("has a SIGN clause without LEADING or TRAILING")
        self._item.separate = self._skip("SEPARATE")
        self._skip("CHARACTER")

    def leading(self) -> None:
        """Read a SIGN clause that begins without its word."""
        self._at -= 1
        self.sign()

    def occurs(self) -> None:
        """Read how often the item occurs."""
        low = high = self._number()
        if self._skip("TO"):
            if self._peek() == "UNBOUNDED":
                raise ValueError("occurs without a bound: expected a largest number of times")
            high = self._number()
        self._skip("TIMES")
        if self._skip("DEPENDING"):
            self._skip("ON")
            self._item.depending = self._take()
            low = low if low < high else 0
        if high < max(low, 1):
            raise ValueError(f"occurs {low} to {high} times")
        self._item.occurs = low, high
        self._keys()

    def _keys(self) -> None:
        """Skip how the table is sorted and indexed, which its records do not show."""
        while self._skip("ASCENDING", "DESCENDING", "INDEXED", "KEY", "IS", "BY"):
            while self._peek() and self._peek() not in _CLAUSES and _usage(self._peek()) is None:
                if self._peek() in {"ASCENDING", "DESCENDING", "INDEXED"}:
                    break
                self._at += 1

    def redefines(self) -> None:
        """Read which item it redefines."""
        self._item.redefines = self._take()

    def value(self) -> None:
        """Read its initial value."""
        self._skip("IS", "ARE")
        values: list[str] = []
        while self._peek() and self._peek() not in _CLAUSES and (_usage(self._peek()) is None or not values):
            values.append(self._literal())
        self._item.value = values[0] if values else ""

    def values(self) -> Condition:
        """Return the values of a level 88."""
        self._skip("VALUE", "VALUES", "IS", "ARE")
        found = Condition(self._item.name)
        while self._peek():
            if self._skip("WHEN"):
                break
            low = self._literal()
            high = self._literal() if self._skip("THRU", "THROUGH") else low
            found.values.append((low, high))
        return found

    def _literal(self) -> str:
        self._skip("ALL")
        word = self._words[self._at].text if self._at < len(self._words) else self._take()
        self._at += 1
        upper = word.upper()
        if upper in _UNBOUND:
            return f"({upper})"
        if not Word(word, 0).is_literal:
            return _FIGURATIVE.get(upper, word)
        prefix, quote = word[: len(word) - len(word.lstrip("NXGZnxgz"))], word.lstrip("NXGZnxgz")[0]
        text = word[len(prefix) + 1 :].removesuffix(quote).replace(quote * 2, quote)
        return f"(X'{text}')" if prefix.upper() == "X" else text

    def justified(self) -> None:
        """Read that it is justified."""
        self._skip("RIGHT")
        self._item.justified = True

    def sync(self) -> None:
        """Read that it is synchronized."""
        self._skip("LEFT", "RIGHT")
        self._item.sync = True

    def blank(self) -> None:
        """Read that it is blank when zero."""
        self._skip("WHEN", "ZERO", "ZEROS", "ZEROES")
        self._item.blank_when_zero = True

    def ignored(self) -> None:
        """Skip what says nothing of a record."""


def _usage(word: str) -> str | None:
    return USAGES.get(word.replace("COMPUTATIONAL", "COMP"))


_CLAUSES: dict[str, Callable[[Clauses], None]] = {
    "PIC": Clauses.picture, "PICTURE": Clauses.picture, "USAGE": Clauses.usage, "SIGN": Clauses.sign,
    "LEADING": Clauses.leading, "TRAILING": Clauses.leading, "OCCURS": Clauses.occurs,
    "REDEFINES": Clauses.redefines, "VALUE": Clauses.value, "VALUES": Clauses.value,
    "JUST": Clauses.justified, "JUSTIFIED": Clauses.justified, "SYNC": Clauses.sync,
    "SYNCHRONIZED": Clauses.sync, "BLANK": Clauses.blank, "EXTERNAL": Clauses.ignored,
    "GLOBAL": Clauses.ignored, "IS": Clauses.ignored, "VOLATILE": Clauses.ignored,
    "UNSIGNED": Clauses.ignored, "SIGNED": Clauses.ignored,
}  # fmt: skip
