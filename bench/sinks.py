"""franca's lake and store sinks on the floors' topic, source included: `python bench/sinks.py lake ...`.

The batches are those a user gets by default; the counterparts are floor_lake.py and floor_store.py.
"""

import argparse
import json
import tempfile
import uuid
from collections.abc import Sequence

import psycopg
from events import SIZES, fill, marginal, measured

from franca.errors import FrancaError
from franca.model.entity import Entity
from franca.model.markers import Key
from franca.model.shape import shape_of
from franca.sinks.delta import DeltaSink
from franca.sinks.parking import Parking
from franca.sinks.postgres import PostgresSink
from franca.sources.kafka import KafkaSource, KafkaSourceSettings
from franca.topics.cluster import Cluster
from franca.types import Message

BATCHES = {"lake": (50_000, 32 << 20, 1.0), "store": (5_000, 8 << 20, 0.0)}


class Individual(Entity):
    """The entity of the benchmark's events."""

    id: Key[str]
    name: str
    first_name: str | None
    last_name: str | None
    middle_names: str | None
    prefix: str | None
    gender: str | None
    marital_status: str | None


def refuse(messages: Sequence[Message]) -> None:
    raise FrancaError(f"{len(messages)} dead letters, expected none")


def run(kind: str, bootstrap: str, topic: str, records: int, place: str) -> None:
    parking, shapes = Parking(refuse, kind, ["crm"]), [shape_of(Individual)]
    make = DeltaSink if kind == "lake" else PostgresSink
    sink = make(place, shapes, parking, kind, topics={topic: "individual"})
    size, size_bytes, linger = BATCHES[kind]
    group = f"bench-{uuid.uuid4().hex}"
    source = KafkaSource(
        KafkaSourceSettings(
            Cluster(bootstrap), group, (topic,), "bench", size, size_bytes, linger_seconds=linger
        )
    )
    sink.open()
    source.open(sink.positions)
    done = 0
    while done < records:
        batch = source.read(True)
        if batch.positions:
            done += len(batch.items)
            assert sink.write(batch)
    source.close()
    sink.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=sorted(BATCHES))
    parser.add_argument("--bootstrap", required=True)
    parser.add_argument("--dsn", default="")
    parser.add_argument("--topic", help="a topic of events that is filled already")
    parser.add_argument("--sizes", type=int, nargs=2, default=SIZES)
    parser.add_argument("--run", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    topic = arguments.topic or f"bench-events-{uuid.uuid4().hex}"
    if arguments.run:
        measure(arguments.kind, arguments.bootstrap, topic, arguments.run, arguments.dsn)
        return
    if not arguments.topic:
        fill(arguments.bootstrap, topic, max(arguments.sizes))
    given = [arguments.kind, "--bootstrap", arguments.bootstrap, "--topic", topic, "--dsn", arguments.dsn]
    print(json.dumps(marginal(__file__, given, arguments.sizes)))


def measure(kind: str, bootstrap: str, topic: str, records: int, dsn: str) -> None:
    if kind == "lake":
        with tempfile.TemporaryDirectory() as folder:
            measured(lambda: run(kind, bootstrap, topic, records, folder), records)
        return
    measured(lambda: run(kind, bootstrap, topic, records, dsn), records)
    with psycopg.connect(dsn) as connection:
        connection.execute("DROP TABLE individual; DROP SCHEMA franca CASCADE")


if __name__ == "__main__":
    main()
