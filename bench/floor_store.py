"""The bare floor of the store: confluent-kafka, msgspec and psycopg, with no franca import.

Reads events from a topic, keeps the newest of each key in a batch of up to 5,000, copies them into a
temporary table and upserts from there, the offsets in the same transaction:
`python bench/floor_store.py --bootstrap 127.0.0.1:9092 --dsn postgresql://...`.
"""

import argparse
import json
import uuid

import msgspec
import psycopg
from events import SIZES, batches, fill, marginal, measured

BATCH = 5_000


class Individual(msgspec.Struct, gc=False):
    """The entity."""

    id: str
    name: str
    first_name: str | None
    last_name: str | None
    middle_names: str | None
    prefix: str | None
    gender: str | None
    marital_status: str | None


class Event(msgspec.Struct, gc=False):
    """What is needed of a CloudEvent."""

    id: str
    type: str
    subject: str
    time: str
    sequence: str
    mapping: str
    origin: str
    data: Individual


FIELDS = Individual.__struct_fields__
COLUMNS = (*FIELDS, "_sequence", "_mapping", "_event_id", "_origin", "_changed_at")
NAMES = ", ".join(COLUMNS)
CHANGES = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS[1:])
TYPES = ", ".join(
    f"{name} {'timestamptz' if name == '_changed_at' else 'text'}" for name in COLUMNS if name != "id"
)
UPSERT = f"""INSERT INTO {{table}} AS kept ({NAMES}) SELECT {NAMES} FROM staging
    ON CONFLICT (id) DO UPDATE SET {CHANGES}
    WHERE (excluded._sequence, excluded._mapping) > (kept._sequence, kept._mapping)"""

MOVE = """INSERT INTO {table}_offsets VALUES (%s, %s)
    ON CONFLICT (place) DO UPDATE SET next = excluded.next"""


def line(event: Event) -> str:
    data = event.data
    values = (
        data.id,
        data.name,
        data.first_name,
        data.last_name,
        data.middle_names,
        data.prefix,
        data.gender,
        data.marital_status,
        event.sequence,
        event.mapping,
        event.id,
        event.origin,
        event.time,
    )
    return "\t".join(["\\N" if value is None else value for value in values])


def store(bootstrap: str, topic: str, records: int, dsn: str) -> None:
    table = f"floor_{uuid.uuid4().hex}"
    decode = msgspec.json.Decoder(Event).decode
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(f"CREATE TABLE {table} (id text PRIMARY KEY, {TYPES})")
        connection.execute(f"CREATE TABLE {table}_offsets (place integer PRIMARY KEY, next bigint)")
        connection.execute(f"CREATE TEMP TABLE staging (LIKE {table}) ON COMMIT DELETE ROWS")
        for messages in batches(bootstrap, topic, records, BATCH):
            newest: dict[str, Event] = {}
            for message in messages:
                event = decode(message.value())
                kept = newest.get(event.subject)
                if kept is None or (event.sequence, event.mapping) > (kept.sequence, kept.mapping):
                    newest[event.subject] = event
            ends = {message.partition(): message.offset() + 1 for message in messages}
            with connection.transaction(), connection.cursor() as cursor:
                with cursor.copy(f"COPY staging ({NAMES}) FROM STDIN") as copy:
                    copy.write("\n".join(map(line, newest.values())) + "\n")
                cursor.execute(UPSERT.format(table=table))
                for place, end in ends.items():
                    cursor.execute(MOVE.format(table=table), [place, end])
        connection.execute(f"DROP TABLE {table}, {table}_offsets")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bootstrap", required=True)
    parser.add_argument("--dsn", required=True)
    parser.add_argument("--topic", help="a topic of events that is filled already")
    parser.add_argument("--sizes", type=int, nargs=2, default=SIZES)
    parser.add_argument("--run", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    topic = arguments.topic or f"floor-events-{uuid.uuid4().hex}"
    if arguments.run:
        measured(lambda: store(arguments.bootstrap, topic, arguments.run, arguments.dsn), arguments.run)
        return
    if not arguments.topic:
        fill(arguments.bootstrap, topic, max(arguments.sizes))
    given = ["--bootstrap", arguments.bootstrap, "--dsn", arguments.dsn, "--topic", topic]
    print(json.dumps(marginal(__file__, given, arguments.sizes)))


if __name__ == "__main__":
    main()
