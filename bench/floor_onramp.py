"""The bare floor of the on-ramp: confluent-kafka and msgspec, by hand, with no franca import.

Reads Debezium-like messages of 435 bytes, makes two CloudEvents of each, and writes them to two topics
within Kafka transactions that hold the offsets too. Two sizes, each in a process of its own, so that
start-up cancels out: `python bench/floor_onramp.py --bootstrap 127.0.0.1:9092`.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
import uuid
from typing import Any

import msgspec
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

PARTITIONS = 4
BATCH = 5_000


class Cust(msgspec.Struct, gc=False):
    """The legacy row."""

    cust_num: str
    status: str
    fname: str | None = None
    lname: str | None = None
    mnames: str | None = None
    form: str | None = None
    sex: str | None = None
    maritalstatus: str | None = None


class Origin(msgspec.Struct, gc=False):
    """Where the change stands in the source's log."""

    ts_ms: int
    lsn: int


class Envelope(msgspec.Struct, gc=False):
    """One change as Debezium writes it."""

    source: Origin
    op: str
    before: Cust | None = None
    after: Cust | None = None


class Individual(msgspec.Struct, gc=False):
    """The first entity."""

    id: str
    name: str
    first_name: str | None
    last_name: str | None
    middle_names: str | None
    prefix: str | None
    gender: str | None
    marital_status: str | None


class Customer(msgspec.Struct, gc=False):
    """The second entity."""

    customer_number: str
    status: str
    party_id: str
    party_type: str


class Event(msgspec.Struct, gc=False):
    """A CloudEvent."""

    specversion: str
    id: str
    source: str
    type: str
    subject: str
    time: str
    datacontenttype: str
    dataschema: str
    sequence: str
    origin: str
    mapping: str
    data: Individual | Customer


GENDER = {"M": "Male", "F": "Female", "N": "Nonbinary"}
MARITAL = {"M": "Married", "S": "Single"}
STATUS = {"N": "New", "A": "Active", "C": "Closed"}


def raw_message(number: int) -> bytes:
    """Return one change of the legacy table `cust` as Debezium without schemas writes it."""
    row = {
        "cust_num": f"{number:08d}",
        "status": "NAC"[number % 3],
        "name": "Prof. A. Lovelace",
        "fname": ("Ada", "Grace", "Alan", "Edsger")[number % 4],
        "lname": ("Lovelace", "Hopper", "Turing", "Dijkstra")[number % 4],
        "mnames": "Maria" if number % 2 else None,
        "form": "Ms" if number % 2 else "Mr",
        "sex": "FM"[number % 2],
        "maritalstatus": "MS"[number % 2],
    }
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
        "ts_us": 1_760_000_000_000_000 + number,
    }
    envelope = {
        "before": None,
        "after": row,
        "source": source,
        "op": "u",
        "ts_ms": 1_760_000_000_100 + number,
    }
    return json.dumps(envelope, separators=(",", ":")).encode()


def fill(bootstrap: str, topic: str, records: int) -> None:
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 50, "partitioner": "murmur2_random"})
    for number in range(records):
        key = f'{{"cust_num":"{number % 50_000:08d}"}}'.encode()
        while True:
            try:
                producer.produce(topic, raw_message(number), key)
                break
            except BufferError:
                producer.poll(0.1)
    producer.flush()


def create(bootstrap: str, *names: str) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for future in admin.create_topics([NewTopic(n, PARTITIONS, 1) for n in names]).values():
        future.result(30)


def moment(milliseconds: int, known: dict[int, str] = {}) -> str:  # noqa: B006 - a cache of seconds
    second, rest = divmod(milliseconds, 1000)
    text = known.get(second)
    if text is None:
        text = known[second] = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
    return f"{text}.{rest:03d}000Z"


def event(place: str, entity: str, subject: str, envelope: Envelope, data: Individual | Customer) -> Event:
    return Event(
        "1.0",
        f"{place}/{entity}/c",
        "crm/cust",
        f"{entity}.changed",
        subject,
        moment(envelope.source.ts_ms),
        "application/json",
        f"{entity}/1",
        f"0001.lsn.{envelope.source.lsn:020d}.000",
        "crm",
        "1-00000000",
        data,
    )


def events(message: Any, envelope: Envelope) -> tuple[Event, Event]:
    row = envelope.after
    assert row is not None
    party = "CUST" + row.cust_num
    place = f"raw.crm.cust/{message.partition()}/{message.offset()}"
    individual = Individual(
        party,
        " ".join([part for part in (row.fname, row.lname) if part is not None]),
        row.fname,
        row.lname,
        row.mnames,
        row.form,
        GENDER[row.sex] if row.sex is not None else None,
        MARITAL[row.maritalstatus] if row.maritalstatus is not None else None,
    )
    customer = Customer(row.cust_num, STATUS[row.status], party, "Individual")
    return (
        event(place, "individual", party, envelope, individual),
        event(place, "customer", row.cust_num, envelope, customer),
    )


def onramp(bootstrap: str, raw: str, topics: tuple[str, str], records: int) -> None:
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": f"floor-{uuid.uuid4().hex}",
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "fetch.queue.backoff.ms": 10,
        }
    )
    consumer.subscribe([raw])
    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "transactional.id": f"floor-{uuid.uuid4().hex}",
            "partitioner": "murmur2_random",
            "compression.type": "lz4",
            "delivery.report.only.error": True,
            "queue.buffering.max.messages": 200_000,
            "linger.ms": 20,
        }
    )
    producer.init_transactions(30)
    decode, encode = msgspec.json.Decoder(Envelope).decode, msgspec.json.Encoder().encode
    produce = producer.produce
    individual_topic, customer_topic = topics
    done = 0
    while done < records:
        messages = consumer.consume(BATCH, 0.2)
        if not messages:
            continue
        producer.begin_transaction()
        offsets: dict[int, int] = {}
        for message in messages:
            assert message.error() is None, message.error()
            individual, customer = events(message, decode(message.value() or b""))
            produce(individual_topic, encode(individual), individual.subject.encode())
            produce(customer_topic, encode(customer), customer.subject.encode())
            offsets[message.partition() or 0] = (message.offset() or 0) + 1
        places = [TopicPartition(raw, partition, offset) for partition, offset in offsets.items()]
        producer.send_offsets_to_transaction(places, consumer.consumer_group_metadata(), 30)
        producer.commit_transaction(30)
        done += len(messages)
    consumer.close()


def measure(bootstrap: str, raw: str, records: int) -> dict[str, float]:
    """Run one size in a process of its own, and return its cost."""
    names = (f"floor-individual-{uuid.uuid4().hex}", f"floor-customer-{uuid.uuid4().hex}")
    create(bootstrap, *names)
    command = [sys.executable, __file__, "--bootstrap", bootstrap, "--run", raw, *names, str(records)]
    return dict(json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout))


def run_once(bootstrap: str, raw: str, first: str, second: str, records: str) -> None:
    started = time.perf_counter()
    onramp(bootstrap, raw, (first, second), int(records))
    used = resource.getrusage(resource.RUSAGE_SELF)
    cost = {
        "records": int(records),
        "cpu_seconds": used.ru_utime + used.ru_stime,
        "seconds": time.perf_counter() - started,
        "peak_megabytes": used.ru_maxrss / 1024,
    }
    print(json.dumps(cost))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bootstrap", required=True)
    parser.add_argument("--sizes", type=int, nargs=2, default=(100_000, 400_000))
    parser.add_argument("--raw", help="a raw topic that is filled already")
    parser.add_argument("--run", nargs=4, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.run:
        run_once(arguments.bootstrap, *arguments.run)
        return
    small, large = sorted(arguments.sizes)
    raw = arguments.raw or f"floor-raw-{uuid.uuid4().hex}"
    if not arguments.raw:
        create(arguments.bootstrap, raw)
        fill(arguments.bootstrap, raw, large)
    costs = [measure(arguments.bootstrap, raw, size) for size in (small, large)]
    marginal = (costs[1]["cpu_seconds"] - costs[0]["cpu_seconds"]) / (large - small) * 1e6
    print(json.dumps({"sizes": costs, "cpu_seconds_per_million": round(marginal, 2)}))


if __name__ == "__main__":
    main()
