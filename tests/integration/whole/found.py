"""What topics, archive, lake and store really hold, looked up with their own clients and none of ours."""

import base64
import io
import json
import time
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import zstandard
from confluent_kafka import Consumer, KafkaError, Message, TopicPartition
from deltalake import DeltaTable
from psycopg import sql

from tests.integration.whole.expected import KEY, Fact, Raw, Row

READ_SECONDS = 60.0


class Stored(NamedTuple):
    """One event as a row of the lake: its place on its topic, and what it says."""

    partition: int
    offset: int
    fact: Fact


def messages(bootstrap: str, topics: Iterable[str]) -> Iterator[Message]:
    """Yield every committed message of some topics, each partition in its order."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": uuid.uuid4().hex,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "enable.partition.eof": True,
            "isolation.level": "read_committed",
        }
    )
    try:
        known = consumer.list_topics(timeout=20).topics
        places = [TopicPartition(t, p, 0) for t in topics if t in known for p in known[t].partitions]
        consumer.assign(places)
        left = len(places)
        deadline = time.monotonic() + READ_SECONDS
        while left:
            assert time.monotonic() < deadline, f"{left} partitions are not read to their ends"
            for message in consumer.consume(1_000, 0.1):
                error = message.error()
                if error is None:
                    yield message
                    continue
                assert error.code() == KafkaError._PARTITION_EOF, error
                left -= 1
    finally:
        consumer.close()


def raw_messages(bootstrap: str) -> list[Raw]:
    """Return what stands on the raw topics."""
    return [
        Raw(str(m.topic()), int(m.partition() or 0), int(m.offset() or 0), _bytes(m.key()), _bytes(m.value()))
        for m in messages(bootstrap, ["raw.crm.cust", "raw.core.acct"])
    ]


def published(bootstrap: str, entity: str) -> tuple[dict[str, list[Fact]], list[Stored]]:
    """Return an entity's events: per key in their order, and with their places, tombstones left out."""
    by_key: dict[str, list[Fact]] = {}
    placed: list[Stored] = []
    for message in messages(bootstrap, [entity]):
        key, fact = (_bytes(message.key()) or b"").decode(), _fact(_bytes(message.value()))
        by_key.setdefault(key, []).append(fact)
        if fact.id:
            placed.append(Stored(int(message.partition() or 0), int(message.offset() or 0), fact))
    return by_key, sorted(placed, key=lambda each: each[:2])


def in_lake(lake: Path, entity: str, key: str = "") -> list[Stored]:
    """Return every row of an entity's `events` table in the order of its topic."""
    table = DeltaTable(str(lake / entity / "events")).to_pyarrow_table()
    rows = []
    for row in table.to_pylist():
        data = {name: value for name, value in row.items() if name[0] != "_"}
        deleted = row["_type"].endswith(".deleted")
        if deleted:
            data = {name: data[name] for name in [key or KEY[entity]]}
        fact = Fact(row["_event_id"], row["_sequence"], deleted, data)
        rows.append(Stored(row["_partition"], row["_offset"], fact))
    return sorted(rows, key=lambda each: each[:2])


def in_store(dsn: str, entity: str, key: str = "") -> dict[str, Row]:
    """Return the rows of an entity's table by key."""
    with psycopg.connect(dsn) as connection:
        cursor = connection.execute(sql.SQL("select * from {}").format(sql.Identifier(entity)))
        names = [column.name for column in cursor.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in cursor]
    plain = [{name: value for name, value in row.items() if name[0] != "_"} for row in rows]
    found = {row[key or KEY[entity]]: row for row in plain}
    assert len(found) == len(plain), f"{entity} has a key twice"
    return found


def archived(archive: Path) -> list[Raw]:
    """Return every raw message in the archive, in the order of topics, partitions and offsets."""
    found = []
    for path in archive.rglob("*.zst"):
        with path.open("rb") as file, zstandard.ZstdDecompressor().stream_reader(file) as stream:
            for line in io.TextIOWrapper(stream, "utf-8"):
                record = json.loads(line)
                key, value = (_text(record, name) for name in ("key", "value"))
                found.append(Raw(record["topic"], record["partition"], record["offset"], key, value))
    return sorted(found, key=lambda raw: raw[:3])


def letters(bootstrap: str) -> dict[str, str]:
    """Return the codes of the dead letters by id; a tombstone takes its letter off the list."""
    found: dict[str, str] = {}
    for message in messages(bootstrap, ["crm.dead-letters", "core.dead-letters"]):
        key, value = (_bytes(message.key()) or b"").decode(), _bytes(message.value())
        if value is None:
            found.pop(key, None)
        else:
            found[key] = json.loads(value)["code"]
    return found


def _fact(value: bytes | None) -> Fact:
    if value is None:
        return Fact("", "", True, None)
    event = json.loads(value)
    return Fact(event["id"], event["sequence"], event["type"].endswith(".deleted"), event["data"])


def _text(record: dict[str, Any], name: str) -> bytes | None:
    if f"{name}_base64" in record:
        return base64.b64decode(record[f"{name}_base64"])
    return None if record[name] is None else str(record[name]).encode()


def _bytes(value: str | bytes | None) -> bytes | None:
    return value.encode() if isinstance(value, str) else value
