"""One line of the result."""

from collections.abc import Sequence

import msgspec


class Row(msgspec.Struct, kw_only=True, frozen=True):
    """What one part takes, by hand and by franca, and what it should take at most.

    `ratio` is the median of the pairs' ratios, a pair being two runs one after the other. `missing` says
    why there is no figure.
    """

    part: str
    unit: str
    floor: float | None = None
    franca: float | None = None
    rival: float | None = None
    ratio: float | None = None
    most: float | None = None
    most_ratio: float | None = None
    missing: str = ""
    beside: dict[str, float] = {}

    @property
    def is_met(self) -> bool | None:
        """Tell whether the figures keep to both limits; None where there is nothing to keep to."""
        pairs = [(self.franca, self.most), (self.ratio, self.most_ratio)]
        asked = [(got, most) for got, most in pairs if most is not None]
        if not asked or any(got is None for got, _ in asked):
            return None
        return all(got <= most for got, most in asked if got is not None)

    def cells(self) -> Sequence[str]:
        """Return part, floor, franca, ratio, target and whether it is met, as text."""
        target = [f"≤ {_short(self.most)} {self.unit}"] if self.most is not None else []
        target += [f"≤ {self.most_ratio} times"] if self.most_ratio is not None else []
        met = {True: "yes", False: "no", None: "" if not self.missing else self.missing}[self.is_met]
        figures = [
            "" if figure is None else f"{_short(figure)} {self.unit}"
            for figure in (self.floor, self.franca if self.rival is None else self.rival)
        ]
        return [
            self.part,
            *figures,
            "" if self.ratio is None else f"{self.ratio:.2f}",
            ", ".join(target),
            met,
        ]


def _short(figure: float) -> str:
    """Two digits behind the point for small figures, none for large ones.

    >>> _short(5.678), _short(234.5)
    ('5.68', '234')
    """
    return f"{figure:.0f}" if figure >= 100 else f"{figure:.3g}"
