"""A lake that has lived: many commits of a model that grew, folded, its log shortened, tidied up.

What its rows are is written by hand in `tests/engines/things.py`.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
from deltalake import DeltaTable

from franca.lake.compaction import compact
from franca.lake.fold import fold
from franca.lake.location import TABLES, table_url
from franca.lake.vacuum import vacuum
from franca.model.shape import Shape
from franca.sinks.delta import DeltaSink
from franca.sinks.parking import Parking
from franca.types import Batch, Partition, Record
from tests.engines.things import (
    CROWD,
    EARLY,
    FIRST,
    FULLER,
    GROWN,
    LAST,
    LATE,
    STEADY,
    TOPIC,
    crowd,
    envelope,
    steady,
)


def make(folder: Path) -> str:
    """Make the lake in a folder, and return its URL: it takes some seconds."""
    url, scratch = str(folder / "lake"), folder / "scratch"
    early = _Writer(url, EARLY)
    early.write(*FIRST)
    for number in range(STEADY):
        early.write(steady(number))
    early.write(*map(crowd, range(CROWD)))
    early.close()
    assert compact(url, EARLY, {}, scratch).is_done
    assert fold(url, EARLY, {}, scratch).is_done
    grown = _Writer(url, GROWN, early.next)
    grown.write(LATE)
    grown.write(("gone", None, {}))
    grown.write(FULLER)
    assert fold(url, GROWN, {}, scratch).is_done
    _tidy(url)
    grown.write(LAST)
    grown.close()
    return url


class _Writer:
    """Writes events into a lake, each call a commit."""

    def __init__(self, url: str, shape: Shape, start: int = 0) -> None:
        self._shape, self.next = shape, start
        self._sink = DeltaSink(url, [shape], Parking(lambda messages: None, "lake", ["x"]))
        self._sink.open()
        self.close = self._sink.close

    def write(self, *told: tuple[str, dict[str, Any] | None, dict[str, Any]]) -> None:
        """Store events in one commit; None says that a key was deleted."""
        place, start = Partition("thing", 0, TOPIC), self.next
        records = [
            Record("thing", 0, n, -1, b"k", self._event(n, key, said))
            for n, (key, said) in self._numbered(told)
        ]
        self.next += len(told)
        assert self._sink.write(Batch(records, {place: self.next}, {place: start}))

    def _numbered(self, told: Sequence[Any]) -> Iterator[tuple[int, tuple[str, dict[str, Any] | None]]]:
        return ((n, each[:2]) for n, each in enumerate(told, self.next))

    def _event(self, offset: int, key: str, said: dict[str, Any] | None) -> bytes:
        of = envelope(key, offset, said)
        fields = {field.name: None for field in self._shape.fields}
        return msgspec.json.encode(
            {
                "specversion": "1.0",
                "id": of["_event_id"],
                "source": of["_source"],
                "type": of["_type"],
                "subject": key,
                "time": of["_changed_at"],
                "datacontenttype": "application/json",
                "dataschema": of["_schema"],
                "sequence": of["_sequence"],
                "origin": of["_origin"],
                "mapping": "1-abc",
                "data": {"id": key} if said is None else {**fields, "id": key, **said},
            }
        )


def _tidy(url: str) -> None:
    """Have each table's log shortened, its old commits removed, and the files that no version has."""
    for name in TABLES:
        place = table_url(url, "thing", name)
        table = DeltaTable(place)
        table.create_checkpoint()
        log = Path(place, "_delta_log")
        for path in log.glob("*"):
            if path.name != "_last_checkpoint" and int(path.name[:20]) < table.version():
                os.utime(path, (0, 0))
        table.cleanup_metadata()
        assert len(list(log.glob("*.json"))) < 3
    assert vacuum(url, GROWN, {}, keep_hours=0)
