"""The bare floor of the store: confluent-kafka, msgspec and psycopg.

Reads events from a topic, keeps the newest of each key in a batch of up to 5,000, copies them into a
temporary table and upserts from there, the offsets in the same transaction:
`python -m bench.floors.store BOOTSTRAP TOPIC RECORDS DSN`.
"""

import sys
import uuid

import msgspec
import psycopg

from bench.floors.reading import batches, rest_collector

BATCH = 5_000


class Individual(msgspec.Struct, gc=False):
    """The entity."""

    id: str
    name: str
    first_name: str | None
    last_name: str
    middle_names: str | None
    prefix: str | None
    gender: str | None
    marital_status: str | None
    branch: str | None


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
        data.branch,
        event.sequence,
        event.mapping,
        event.id,
        event.origin,
        event.time,
    )
    return "\t".join(["\\N" if value is None else value for value in values])


def main(bootstrap: str, topic: str, records: int, dsn: str) -> None:
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


if __name__ == "__main__":
    rest_collector()
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4])
