"""The PICTURE of an elementary item: what kind of value it is, how many characters and digits it has."""

import re
from dataclasses import dataclass
from typing import Literal

Category = Literal["text", "number", "edited", "edited text", "national", "dbcs", "float"]

_REPEATED = re.compile(r"(CR|DB|[^()])(?:\((\d{1,7})\))?", re.IGNORECASE)
_NUMBER = re.compile(r"S?P*(?:9*V?9*|9+P*V?|V?P*9+)P*", re.IGNORECASE)
_LONGEST = 1_000_000
_MOST_DIGITS = 100


@dataclass(frozen=True, slots=True)
class Picture:
    """What a picture says. `length` counts characters; `scale` digits after the point, negative before it.

    `digits` are those that are stored: a `P` stands for one that is not.
    """

    category: Category
    length: int
    digits: int = 0
    scale: int = 0
    signed: bool = False


def picture_of(text: str) -> Picture:
    """Return what the text of a PICTURE clause says. Raises ValueError with what is wrong.

    >>> picture_of("S9(5)V99")
    Picture(category='number', length=7, digits=7, scale=2, signed=True)
    """
    symbols = _symbols(text)
    kinds = set(symbols)
    if kinds <= {"S", "9", "V", "P"} and "9" in kinds:
        return _number(symbols)
    if kinds <= {"X", "A", "9"}:
        return Picture("text", len(symbols))
    if kinds <= {"N", "B"} and "N" in kinds:
        return Picture("national", len(symbols))
    if kinds <= {"G", "B"} and "G" in kinds:
        return Picture("dbcs", len(symbols))
    length = sum(len(symbol) for symbol in symbols if symbol not in {"V", "P"})
    if kinds & {"X", "A"}:
        _refuse(kinds, {"X", "A", "9", "B", "0", "/"})
        return Picture("edited text", length)
    if "E" in kinds:
        _refuse(kinds, {"+", "-", "9", ".", "V", "E"})
        return Picture("float", length, signed=True)
    allowed = {"9", "Z", "*", "+", "-", ",", ".", "CR", "DB", "$", "S", "V", "P", "B", "0", "/", "€", "£"}
    _refuse(kinds, allowed)
    if kinds & {"B", "0", "/"}:
        return Picture("edited text", length)
    return _edited(symbols, length)


def _symbols(text: str) -> list[str]:
    symbols: list[str] = []
    place = 0
    for found in _REPEATED.finditer(text):
        if found.start() != place:
            break
        place = found.end()
        count = int(found[2] or 1)
        if not 1 <= count <= _LONGEST or len(symbols) + count > _LONGEST:
            raise ValueError(f"repeats {found[1]!r} {count} times, expected 1 to {_LONGEST}")
        symbols += [found[1].upper()] * count
    if place != len(text) or not symbols:
        raise ValueError("has a parenthesis that is none: expected such as X(10) or S9(7)V99")
    return symbols


def _number(symbols: list[str]) -> Picture:
    text = "".join(symbols)
    if not _NUMBER.fullmatch(text):
        raise ValueError("has its S, V or P in the wrong place: expected such as S9(7)V99")
    signed, body = text.startswith("S"), text.lstrip("S")
    digits = body.count("9")
    if digits > _MOST_DIGITS:
        raise ValueError(f"has {digits} digits, expected up to {_MOST_DIGITS}")
    before, point, after = body.partition("V")
    if point:
        scale = len(after) if "9" in after else -before.count("P")
    elif body.startswith("P"):
        scale = len(body)
    else:
        scale = -body.count("P")
    return Picture("number", digits, digits, scale, signed)


def _edited(symbols: list[str], length: int) -> Picture:
    """Return the picture of a number as it is printed: its point is there to see, or marked by V."""
    place = max((symbols.index(point) for point in ("V", ".") if point in symbols), default=-1)
    after = [symbol for symbol in symbols[place + 1 :] if symbol in {"9", "Z", "*"}] if place >= 0 else []
    digits = sum(symbol in {"9", "Z", "*"} for symbol in symbols)
    digits += sum(max(symbols.count(floating) - 1, 0) for floating in ("+", "-", "$"))
    signed = bool({"+", "-", "CR", "DB", "S"} & set(symbols))
    kept = length - ("S" in symbols)
    return Picture("edited", kept, digits, len(after), signed)


def _refuse(kinds: set[str], allowed: set[str]) -> None:
    wrong = sorted(kinds - allowed)
    if wrong:
        raise ValueError(f"has the symbol {wrong[0]!r}, which franca does not know there")
