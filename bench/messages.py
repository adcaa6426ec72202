"""The messages of the benchmarks: Debezium's, with ten columns, and events made of them. No franca import."""

from collections.abc import Callable

import msgspec
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

PARTITIONS = 4
KEYS = 50_000
FIRST_NAMES = ("Ada", "Grace", "Alan", "Edsger")
LAST_NAMES = ("Lovelace", "Hopper", "Turing", "Dijkstra")

encode = msgspec.json.Encoder().encode


def raw(number: int) -> tuple[bytes, bytes]:
    """Return key and value of one change of the table `cust`, as Debezium without schemas writes it."""
    key = f"{number % KEYS:08d}"
    source = {
        "version": "3.2.0.Final",
        "connector": "postgresql",
        "name": "crm",
        "ts_ms": 1_760_000_000_000 + number,
        "snapshot": "false",
        "db": "crm",
        "schema": "public",
        "table": "cust",
        "txId": 700 + number,
        "lsn": 24_000_000 + 56 * number,
        "xmin": None,
    }
    value = {
        "before": None,
        "after": row(number),
        "source": source,
        "op": "u",
        "ts_ms": 1_760_000_000_100 + number,
    }
    return encode({"cust_num": key}), encode(value)


def row(number: int) -> dict[str, str | None]:
    """Return the row that the change of that number tells, as a snapshot holds it."""
    return {**_row(f"{number % KEYS:08d}", number), "name": None}


def remembered(topic: str, number: int) -> tuple[bytes, bytes]:
    """Return key and value of a row of `cust` as its rows topic has it, the raw topic being called `topic`.

    Each number is a row of its own; neighbours are far apart in the order of keys.
    """
    key = remembered_key(number)
    sequence = f"0001.lsn.{24_000_000 + 56 * number:020d}.000"
    return encode([topic, key]), encode({"sequence": sequence, "row": _row(key, number)})


def remembered_key(number: int) -> str:
    """Return the key of a remembered row."""
    return f"{number * 2_654_435_761 % 100_000_000:08d}"


def partial(number: int) -> tuple[bytes, bytes]:
    """Return key and value of an update of a remembered row that tells no more than key and status."""
    key = remembered_key(number)
    source = {"connector": "postgresql", "ts_ms": 1_760_000_000_000, "lsn": 10**12 + number, "table": "cust"}
    value = {"before": None, "after": {"cust_num": key, "status": "A"}, "source": source, "op": "u"}
    return encode({"cust_num": key}), encode(value)


def event(entity: str, number: int) -> tuple[bytes, bytes]:
    """Return key and value of one event of an individual, the entity being called `entity`."""
    key = f"CUST{number % KEYS:08d}"
    first, last = FIRST_NAMES[number % 4], LAST_NAMES[number % 4]
    middle, prefix = ("Maria", "Ms") if number % 2 else (None, "Mr")
    data = {
        "id": key,
        "name": " ".join(part for part in (prefix, first, middle, last) if part),
        "first_name": first,
        "last_name": last,
        "middle_names": middle,
        "prefix": prefix,
        "gender": ("Female", "Male")[number % 2],
        "marital_status": ("Married", "Single")[number % 2],
        "branch": f"{number % 97:04d}",
    }
    envelope = {
        "specversion": "1.0",
        "id": f"raw.crm.cust/0/{number}/individual/c",
        "source": "crm/cust",
        "type": f"{entity}.changed",
        "subject": key,
        "time": f"2026-11-22T10:00:00.{number % 1_000_000:06d}Z",
        "datacontenttype": "application/json",
        "dataschema": f"{entity}/1",
        "sequence": f"0001.lsn.{24_000_000 + 56 * number:020d}.000",
        "origin": "crm",
        "mapping": "1-3f2a9c1b",
        "data": data,
    }
    return key.encode(), encode(envelope)


def create(bootstrap: str, *topics: str) -> None:
    """Make topics."""
    # a client that ends tells at level 6 that it leaves events of its own unserved
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 5})
    for future in admin.create_topics([NewTopic(topic, PARTITIONS, 1) for topic in topics]).values():
        future.result(30)


def fill(
    bootstrap: str, topic: str, make: Callable[[int], tuple[bytes, bytes]], count: int, in_turns: bool = False
) -> None:
    """Write messages 0 to `count` to a topic, by key or, `in_turns`, to one partition after the other."""
    settings = {
        "bootstrap.servers": bootstrap,
        "linger.ms": 50,
        "partitioner": "murmur2_random",
        "compression.type": "lz4",
    }
    producer = Producer(settings)
    for number in range(count):
        key, value = make(number)
        partition = number % PARTITIONS if in_turns else -1
        while True:
            try:
                producer.produce(topic, value, key, partition)
                break
            except BufferError:
                producer.poll(0.1)
    producer.flush()


def _row(key: str, number: int) -> dict[str, str | None]:
    """Return the mapped columns of a row of `cust`."""
    return {
        "cust_num": key,
        "status": "NAC"[number % 3],
        "fname": FIRST_NAMES[number % 4],
        "lname": LAST_NAMES[number % 4],
        "mnames": "Maria" if number % 2 else None,
        "form": "Ms" if number % 2 else "Mr",
        "sex": "FM"[number % 2],
        "maritalstatus": "MS"[number % 2],
        "branch": f"{number % 97:04d}",
    }
