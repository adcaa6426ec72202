"""Prints the rows as a table, and says what each figure is."""

from collections.abc import Sequence

from bench.row import Row

HEADS = ("part", "bare floor", "franca", "ratio", "target", "met?")


def table(rows: Sequence[Row]) -> str:
    """Return the rows as text in columns."""
    lines = [HEADS, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADS))]
    texts = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines]
    return "\n".join([texts[0], "-" * len(texts[0]), *texts[1:]])
