"""Proof that two sides did the same work: their outputs, compared event by event."""

from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import psycopg
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition
from deltalake import DeltaTable

from bench.messages import KEYS, PARTITIONS
from bench.process import MeasurementError


class DisagreementError(MeasurementError):
    """The two sides gave different results, so that their costs can't be compared."""


class _Event(msgspec.Struct, gc=False):
    subject: str
    time: str
    sequence: str
    data: msgspec.Raw


def same_events(bootstrap: str, floor: tuple[str, str], franca: tuple[str, str]) -> None:
    """Compare what was committed to two topics each: as often, and the same facts."""
    for expected, got in zip(floor, franca, strict=True):
        want, have = _facts(bootstrap, expected), _facts(bootstrap, got)
        if want != have:
            odd = next(iter((want - have) + (have - want)))
            raise DisagreementError(
                f"{got} has {have.total()} events, {expected} {want.total()}; they differ in {odd}"
            )


def same_count_in_lake(folder: Path, events: int) -> None:
    """Expect as many rows in a Delta table as there were events."""
    found = DeltaTable(str(folder)).to_pyarrow_dataset().count_rows()
    _expect(str(folder), (found,), events)


def same_count_in_store(dsn: str, table: str, events: int) -> None:
    """Expect one row for each key."""
    with psycopg.connect(dsn) as connection:
        found = connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()  # type: ignore[arg-type]
    _expect(table, found, min(events, KEYS))


def same_count_on_topic(bootstrap: str, topic: str, events: int) -> None:
    """Expect so many events."""
    _expect(topic, (_facts(bootstrap, topic).total(),), events)


def _expect(place: str, found: tuple[Any, ...] | None, wanted: int) -> None:
    if found != (wanted,):
        raise DisagreementError(f"{place} has {found}, expected {wanted}")


def _facts(bootstrap: str, topic: str) -> Counter[tuple[bytes, str, str, bytes]]:
    decode = msgspec.json.Decoder(_Event).decode
    facts: Counter[tuple[bytes, str, str, bytes]] = Counter()
    settings = {
        "bootstrap.servers": bootstrap,
        "group.id": "proof",
        "enable.auto.commit": False,
        "enable.partition.eof": True,
        "isolation.level": "read_committed",
    }
    consumer = Consumer(settings)
    consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in range(PARTITIONS)])
    open_ends = PARTITIONS
    while open_ends:
        for message in consumer.consume(5_000, 1.0):
            error = message.error()
            if error is None:
                event = decode(message.value() or b"")
                facts[message.key() or b"", event.time, event.sequence, bytes(event.data)] += 1
            elif error.code() == KafkaError._PARTITION_EOF:
                open_ends -= 1
    consumer.close()
    return facts
