"""Patterns of dates and times in SQL: one check of the whole text, then its pieces by their places."""

from dataclasses import dataclass

from sqlglot import exp

from franca.mapping.sql.literals import number, text
from franca.mapping.words.moment import directives

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_EXPRESSIONS = {
    "Y": "[0-9]{4}",
    "y": "[0-9]{2}",
    "m": "[0-9]{2}",
    "d": "[0-9]{2}",
    "j": "[0-9]{3}",
    "b": "(?:" + "|".join("".join(f"[{c}{c.lower()}]" for c in name) for name in MONTHS) + ")",
    "H": "(?:[01][0-9]|2[0-3])",
    "M": "[0-5][0-9]",
    "S": "[0-5][0-9]",
    "f": "[0-9]{1,6}",
}
_WIDTHS = {"Y": 4, "y": 2, "m": 2, "d": 2, "j": 3, "b": 3, "H": 2, "M": 2, "S": 2}


@dataclass(frozen=True, slots=True)
class Pieces:
    """A text read by a pattern: `matches` says whether it fits, `found` holds its pieces by directive."""

    matches: exp.Expr
    found: dict[str, exp.Expr]

    def year(self, pivot: object) -> exp.Expr:
        """Return the four digits of the year; two digits get their century by the pivot."""
        if "Y" in self.found:
            return self.found["Y"].copy()
        assert isinstance(pivot, int)
        century, first = divmod(pivot, 100)
        two = self.found["y"]
        early = exp.GTE(this=two.copy(), expression=text(f"{first:02d}"))
        chosen = exp.case().when(early, text(f"{century:02d}")).else_(text(f"{century + 1:02d}"))
        return exp.Paren(this=exp.DPipe(this=chosen, expression=two.copy(), safe=False))

    def month(self) -> exp.Expr:
        """Return the two digits of the month, which English letters may stand for."""
        if "m" in self.found:
            return self.found["m"].copy()
        case = exp.case(exp.Upper(this=self.found["b"].copy()))
        for place, name in enumerate(MONTHS, start=1):
            case = case.when(text(name), text(f"{place:02d}"))
        return case

    def time(self) -> exp.Expr:
        """Return the time as `HH:MM:SS.ffffff`, noughts for what the pattern does not have."""
        parts: list[exp.Expr] = []
        for place, letter in enumerate("HMS"):
            if place:
                parts.append(text(":"))
            parts.append(self.found[letter].copy() if letter in self.found else text("00"))
        if "f" in self.found:
            parts += [text("."), self.found["f"].copy()]
        return joined(parts)


def pieces(value: exp.Expr, pattern: str) -> Pieces:
    """Read a plain value by a pattern."""
    expression = ""
    found: dict[str, exp.Expr] = {}
    place: int | None = 1
    behind: list[str] = []
    for piece in directives(pattern):
        letter = piece[1:] if piece[0] == "%" and piece != "%%" else ""
        if not letter:
            expression += rf"\x{{{ord(piece[-1]):x}}}"
            place = None if place is None else place + 1
            continue
        expression += f"({_EXPRESSIONS[letter]})"
        behind.append(letter)
        width = _WIDTHS.get(letter)
        if place is not None and width is not None:
            found[letter] = exp.Substring(this=value.copy(), start=number(place), length=number(width))
            place += width
        else:
            found[letter] = exp.RegexpExtract(this=value.copy(), group=number(len(behind)))
            place = None
    whole = text(rf"^{expression}\z")
    for part in found.values():
        if isinstance(part, exp.RegexpExtract):
            part.set("expression", whole.copy())
    return Pieces(exp.RegexpLike(this=value.copy(), expression=whole), found)


def joined(parts: list[exp.Expr]) -> exp.Expr:
    """Return the texts one after the other."""
    value = parts[0]
    for part in parts[1:]:
        value = exp.DPipe(this=value, expression=part, safe=False)
    return exp.Paren(this=value)
