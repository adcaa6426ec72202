"""Mutated messages through a real Kafka, lake and store: each becomes events, dead letters or both."""

import json
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka.admin import AdminClient, NewTopic
from deltalake import DeltaTable

from franca.local.kafka import LocalKafka
from franca.model.shape import shape_of
from franca.pipeline.onramp import OnRamp
from franca.pipeline.row_memory.memory import RowMemory
from franca.pipeline.row_memory.store import DictRows
from franca.topics.dead_letter import read_dead_letter
from franca.types import Batch, Message, Partition, Record
from tests.conftest import Database
from tests.fuzz import project as fuzzed
from tests.fuzz.messages import TOPICS, Messages
from tests.fuzz.paths import NAMES, TABLES
from tests.fuzz.seeds import seeds
from tests.integration.whole import found
from tests.integration.whole.bank import Bank, delete, opened
from tests.integration.whole.legacy import send

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.soak]

COUNT = 3_000
LARGEST = 900_000
MIXED = "raw.shop.mixed"
"""A topic that the project knows by a pattern."""

ROOT = Path(__file__).parents[3]
RAW = (*TOPICS, *TABLES)
ENTITIES = [shape_of(mapping.entity).name for mapping in fuzzed.shop.mappings]
LETTERS = "shop.dead-letters"


def write(folder: Path) -> None:
    """Write the project's one module."""
    text = f"import sys\n\nsys.path.insert(0, {str(ROOT)!r})\nfrom tests.fuzz.project import *\n"
    (folder / "shop.py").write_text(text)


@pytest.fixture
def shop(kafka: LocalKafka, postgres: Database, tmp_path: Path) -> Iterator[Bank]:
    """Give the project, mutated messages sent and caught up."""
    messages = Messages(random.Random("sinks"), seeds(), NAMES, in_life=0.0)
    records = [messages.message(offset).record for offset in range(COUNT)]
    records = [record for record in records if record.topic in RAW]
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap, "log_level": 0})
    with opened(tmp_path / "shop", kafka.bootstrap, postgres.dsn, write) as bank:
        try:
            bank("topics")
            for future in admin.create_topics([NewTopic(MIXED, 2, 1)]).values():
                future.result(30)
            send(
                kafka.bootstrap, [(r.topic, r.key, r.value) for r in records if len(r.value or b"") < LARGEST]
            )
            bank("run", "--until-caught-up")
            yield bank
        finally:
            delete(kafka.bootstrap, *RAW, *ENTITIES, LETTERS)


def test_no_mutated_message_is_lost_on_its_way_to_lake_and_store(shop: Bank) -> None:
    """Topics hold the events and letters of each; of those, lake and store have what they did not park."""
    raw = [_record(message) for message in found.messages(shop.bootstrap, RAW)]
    expected = _expected(raw)
    letters = [read_dead_letter(_record(m).value or b"") for m in found.messages(shop.bootstrap, [LETTERS])]
    parked = {letter.id: letter for letter in letters}

    events = {entity: found.published(shop.bootstrap, entity)[1] for entity in ENTITIES}
    published = Counter(stored.fact.id for each in events.values() for stored in each)
    assert published == Counter(json.loads(v or b"")["id"] for t, _, v in expected if t != LETTERS and v)
    assert {i for i, letter in parked.items() if letter.stage != "write"} == {
        (key or b"").decode() for topic, key, _ in expected if topic == LETTERS
    }
    told: dict[str, Any] = json.loads(shop("status", "--json"))["pipelines"]
    assert told["shop.on-ramp"]["read"] == told["shop.archive"]["written"] == len(raw)
    for pipeline in ("lake", "store"):
        picture = told[pipeline]
        refused = [letter for letter in parked.values() if letter.refused_by == pipeline]
        assert picture["read"] == picture["written"] + picture["dead"] == sum(published.values())
        assert picture["dead"] == len(refused)
    _expect_lake(shop, events, {i for i, letter in parked.items() if letter.refused_by == "lake"})


def _expect_lake(shop: Bank, events: dict[str, list[found.Stored]], refused: set[str]) -> None:
    """Each event is a row, or a letter of the lake."""
    for entity, placed in events.items():
        table = DeltaTable(str(shop.lake / entity / "events")).to_pyarrow_table(
            columns=["_event_id", "_partition", "_offset"]
        )
        rows = {(row["_partition"], row["_offset"]) for row in table.to_pylist()}
        lost = {(each.partition, each.offset) for each in placed} - rows
        assert {f"{entity}/{partition}/{offset}/write/lake" for partition, offset in lost} <= refused
        assert table.num_rows == len(rows)


def _expected(raw: list[Record]) -> list[Message]:
    """Return what the on-ramp makes of each message by itself: batches change nothing in ids and letters."""
    out: list[Message] = []
    memory = RowMemory(DictRows())
    ramp = OnRamp(fuzzed.shop, number=1, memory=memory)
    for record in raw:
        place = Partition(record.topic, record.partition)
        out += ramp(Batch([record], {place: record.offset + 1}, {place: record.offset})).items
        memory.keep()
    return out


def _record(message: Any) -> Record:
    return Record(
        message.topic(),
        message.partition(),
        message.offset(),
        message.timestamp()[1],
        message.key(),
        message.value(),
    )
