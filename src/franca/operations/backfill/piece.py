"""A piece of a snapshot: some rows as raw values, and where they are such as columns."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from franca.pipeline.input_line import Given

ROWS = 50_000
BYTES = 32 * 1_048_576
NUMBER = "_row"
"""The column that holds each row's number, from 1, where SQL reads it."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows with the numbers from `first` to before `end`, `count` of them.

    `given` returns the raw values of the rows with these numbers, of all where none are named. `columns` are
    rows as columns named as in the file, and last their numbers; rows that it lacks are only given. With
    `is_text`, each value is the text of a field of CSV; with `is_decoded` it is what the decoder has made of
    the row's value, in the mapped columns alone.
    """

    first: int
    end: int
    count: int
    given: Callable[[Collection[int] | None], Sequence[Given]]
    columns: pa.Table | None = None
    is_text: bool = False
    is_decoded: bool = False


def pieces_of(rows: Iterable[Given]) -> Iterator[Piece]:
    """Yield rows in pieces of bounded size, without blank ones; rows of one number stay together."""
    some: list[Given] = []
    size = 0
    for row in rows:
        if not row.value.strip() and row.problem is None:
            continue
        if (len(some) >= ROWS or size >= BYTES) and row.line != some[-1].line:
            yield piece_of(some)
            some, size = [], 0
        some.append(row)
        size += len(row.value)
    if some:
        yield piece_of(some)


def piece_of(rows: Sequence[Given]) -> Piece:
    """Return the piece of some rows in their order."""

    def given(numbers: Collection[int] | None) -> Sequence[Given]:
        return rows if numbers is None else [row for row in rows if row.line in numbers]

    return Piece(rows[0].line, rows[-1].line + 1, len(rows), given)


def limited(pieces: Iterable[Piece], rows: int | None) -> Iterator[Piece]:
    """Yield the pieces up to so many rows, all where None."""
    for piece in pieces:
        if rows is None:
            yield piece
            continue
        if piece.count > rows:
            piece = piece_of(piece.given(None)[:rows])  # noqa: PLW2901, RUF100  # what is left of it
        yield piece
        rows -= piece.count
        if not rows:
            return
