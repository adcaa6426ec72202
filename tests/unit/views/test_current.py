"""The current state is the newest of each key, out of what is folded and what is newer."""

import random
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from franca.lake.columns import deleted_schema, events_schema, snapshot_schema
from franca.lake.fold import fold
from franca.lake.position import Reached
from franca.sinks.delta import DeltaSink
from franca.sinks.parking import Parking
from franca.types import Batch, Partition
from franca.views.current import current_state
from franca.views.lake import open_lake
from tests.individuals import SHAPE, event, record

FOLDED = (Reached("t", 0, 1, "5"),)
LATE = pa.field("_is_late", pa.bool_())


class Course:
    """Events of a few keys, on two topics, some of them twice; the first ones are folded."""

    def __init__(self, chance: random.Random, folded: int, newer: int) -> None:
        self.chance = chance
        self.folded = [self.event(number) for number in range(folded)]
        newer_events = [self.event(folded + number) for number in range(newer)]
        again = [dict(each) for each in newer_events if chance.random() < 0.2]
        self.newer = chance.sample([*newer_events, *again], len(newer_events) + len(again))

    def event(self, number: int) -> dict[str, Any]:
        """Return an event; ranks may be equal, and so may the offsets of two topics."""
        key = self.chance.choice("abcdef")
        return {
            "_subject": key,
            "id": key,
            "name": str(number),
            "_type": f"individual.{self.chance.choice(['changed', 'changed', 'deleted'])}",
            "_sequence": str(self.chance.randrange(5)),
            "_mapping": self.chance.randrange(2),
            "_topic_id": f"t{number % 2}",
            "_partition": 0,
            "_offset": number // 2,
        }

    def newest(self) -> dict[str, dict[str, Any]]:
        """Return the newest of what is folded of each key."""
        found: dict[str, dict[str, Any]] = {}
        for each in self.folded:
            if each["_subject"] not in found or rank(each) > rank(found[each["_subject"]]):
                found[each["_subject"]] = each
        return found

    def expected(self) -> dict[str, dict[str, Any]]:
        """Return the newest event of each key, of equal ones the first, as a fold has it."""
        found = self.newest()
        for key in {each["_subject"] for each in self.newer}:
            own = [each for each in self.newer if each["_subject"] == key]
            most = max(map(rank, own))
            if key not in found or most > rank(found[key]):
                best = [each for each in own if rank(each) == most]
                found[key] = min(best, key=lambda each: (each["_topic_id"], each["_offset"]))
        return found

    def answer(self) -> list[tuple[str, str]]:
        """Return keys and names as the query gives them."""
        known = self.newest()
        rows = [
            {**each, "_is_late": self.is_late(each, known) or self.chance.random() < 0.2}
            for each in self.newer
        ]
        tables = {
            "newer": pa.Table.from_pylist(rows, events_schema(SHAPE).append(LATE)),
            "snapshot": pa.Table.from_pylist(live(known), snapshot_schema(SHAPE)),
            "deleted": pa.Table.from_pylist(gone(known), deleted_schema()),
        }
        with duckdb.connect() as connection:
            for name, table in tables.items():
                connection.register(f"_individual_{name}", table)
            sql = current_state(SHAPE, FOLDED if self.folded else ())
            return connection.sql(f"SELECT id, name FROM ({sql}) ORDER BY id, name").fetchall()

    def is_late(self, each: dict[str, Any], known: dict[str, dict[str, Any]]) -> bool:
        """Return whether an event is no newer than what is folded of its key."""
        return each["_subject"] in known and rank(each) <= rank(known[each["_subject"]])


def rank(each: dict[str, Any]) -> tuple[str, int]:
    """Return what the larger of is newer."""
    return each["_sequence"], each["_mapping"]


def live(known: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the states that are there."""
    return [each for each in known.values() if each["_type"] == "individual.changed"]


def gone(known: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Return those that are not."""
    return [each for each in known.values() if each["_type"] == "individual.deleted"]


@pytest.mark.parametrize("folded", [0, 12])
@pytest.mark.parametrize("seed", range(40))
def test_each_key_has_its_newest_state_once(seed: int, folded: int) -> None:
    """Several events of a key, late ones, deletes, equal ranks, and events that stand twice."""
    course = Course(random.Random(seed), folded, newer=15)
    expected = sorted((each["_subject"], each["name"]) for each in live(course.expected()))
    assert course.answer() == expected


def test_counting_rows_reads_no_field(tmp_path: Path) -> None:
    """Of a table with many columns, only those that tell which rows count."""
    with open_lake(folded_and_newer(tmp_path), [SHAPE]) as lake:
        ((_, plan),) = lake.query("EXPLAIN (FORMAT json) SELECT count(*) FROM individual").rows
    assert "_subject" in plan
    fields = {field.name for field in SHAPE.fields} - {"name"}  # which is a word of the plan's own
    assert not [name for name in fields if f'"{name}"' in plan]


def test_where_all_events_of_a_file_are_newer_their_place_and_rank_are_not_asked_for(tmp_path: Path) -> None:
    """The file's bounds tell; a file with folded or late events is looked into."""
    with open_lake(folded_and_newer(tmp_path), [SHAPE]) as lake:
        assert list(lake.query('SELECT count(*) FROM "_individual_clear"').rows) == [(1,)]
        assert list(lake.query('SELECT count(*) FROM "_individual_unclear"').rows) == [(1,)]
        rows = lake.query("SELECT id, name FROM individual ORDER BY id").rows
        assert list(rows) == [("a", "newer"), ("b", "folded")]


def folded_and_newer(folder: Path) -> str:
    """Write a lake of two folded events, a newer one, and a late one in a file of its own."""
    sink = DeltaSink(str(folder / "lake"), [SHAPE], Parking(lambda messages: None, "lake", ["crm"]))
    sink.open()
    place = Partition("individual", 0, "t")

    def write(begin: int, *values: bytes) -> None:
        records = [record(value, begin + number) for number, value in enumerate(values)]
        assert sink.write(Batch(records, {place: begin + len(values)}, {place: begin}))

    write(0, event("a", 2, name="folded"), event("b", 3, name="folded"))
    fold(str(folder / "lake"), SHAPE, {}, folder / "scratch")
    write(2, event("a", 4, name="newer"))
    write(3, event("b", 1, name="late"))
    sink.close()
    return str(folder / "lake")
