"""Each format's decoding beside msgspec's bare typed decoding of the same bytes, in turns in one process.

Beside formats that are no JSON stands what one writes by hand: csv.reader, slices, and a type per column.
"""

import gc
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeAlias

import msgspec

from bench.formats.laid_out import COPYBOOK, LAID_OUT, LaidOut
from bench.formats.rarer import RARER
from bench.formats.registered import REGISTERED, Setup
from bench.formats.row import Case
from bench.formats.usual import USUAL
from bench.onramp_step import Cust, HandRow
from franca.formats.change import Decoder, Wanted, decode
from franca.formats.registry import format_named, format_of_layout
from franca.model.layouts import Copybook, Layout
from franca.model.shape import shape_of
from franca.types import Record

MESSAGES, ROUNDS = 2_000, 40
_WANTED = Wanted(Cust, frozenset(HandRow.__struct_fields__), frozenset({"cust_num"}))

Bare: TypeAlias = Callable[[bytes], object]
Prepared: TypeAlias = tuple[list[bytes], Decoder, Bare]
"""Messages, franca's decoder of them, and what reads their bytes barely."""


class Measured(NamedTuple):
    """A format's bytes a message, and CPU-seconds per million: the least of each, and the median ratio."""

    title: str
    bytes: int
    bare: float
    franca: float
    ratio: float


def measured(words: Sequence[str] = (), messages: int = MESSAGES, rounds: int = ROUNDS) -> Iterator[Measured]:
    """Measure the cases whose titles begin with one of the words, without words all of them."""
    prepared: dict[str, Callable[[], Prepared]] = {
        **{title: partial(_json, messages, case) for title, case in {**USUAL, **RARER}.items()},
        **{title: partial(_registered, messages, setup) for title, setup in REGISTERED.items()},
        **{title: partial(_laid_out, messages, case) for title, case in LAID_OUT.items()},
    }
    for title, prepare in prepared.items():
        if not words or title.startswith(tuple(words)):
            yield _compared(title, *prepare(), rounds)


def _json(messages: int, case: Case) -> Prepared:
    name, make, bare = case
    values = [msgspec.json.encode(make(number)) for number in range(messages)]
    return values, format_named(name).decoder(_WANTED), bare


def _registered(messages: int, setup: Setup) -> Prepared:
    values, schemas, bare = setup(messages)
    return values, format_named("debezium", schemas).decoder(_WANTED), bare


def _laid_out(messages: int, case: LaidOut) -> Prepared:
    table, write, bare = case
    columns = frozenset(field.name for field in shape_of(table).fields)
    layout = shape_of(table).format
    with tempfile.TemporaryDirectory() as folder:
        if isinstance(layout, Copybook):
            layout = replace(layout, path=str(Path(folder, "cust.cpy")))
            Path(layout.path).write_text(COPYBOOK, encoding="utf-8")
        assert isinstance(layout, Layout)
        decoder = format_of_layout(layout).decoder(Wanted(table, columns, columns))
    return [write(number) for number in range(messages)], decoder, bare


def _compared(title: str, values: list[bytes], decoder: Decoder, bare: Bare, rounds: int) -> Measured:
    records = [Record("t", 0, number, 1, None, value) for number, value in enumerate(values)]
    decode(decoder, records[0])
    ways: tuple[Callable[[Record], object], ...] = (
        lambda each: decode(decoder, each),
        lambda each: bare(each.value or b""),
    )
    gc.collect()
    gc.freeze()
    try:
        rows = [tuple(_cost(way, records) for way in ways) for _ in range(rounds)]
    finally:
        gc.unfreeze()
    ours, least = (min(column) for column in zip(*rows, strict=True))
    ratio = statistics.median(top / bottom for top, bottom in rows)
    return Measured(title, len(values[-1]), least, ours, ratio)


def _cost(call: Callable[[Record], object], records: Sequence[Record]) -> float:
    start = time.process_time()
    for each in records:
        call(each)
    return (time.process_time() - start) / len(records) * 1e6
