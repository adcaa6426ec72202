"""The bare floor of the on-ramp: confluent-kafka and msgspec.

Reads Debezium-like messages, makes two CloudEvents of each, and writes them to two topics within Kafka
transactions that hold the offsets too:
`python -m bench.floors.onramp BOOTSTRAP RAW-TOPIC RECORDS INDIVIDUAL-TOPIC CUSTOMER-TOPIC [live]`.
With `live` a transaction takes what is there, and waits for nothing more.
"""

import sys
import time
import uuid
from typing import Any

import msgspec
from confluent_kafka import Consumer, Message, Producer, TopicPartition

from bench.floors.reading import consumer_of, rest_collector

BATCH = 5_000


class Cust(msgspec.Struct, gc=False):
    """The legacy row."""

    cust_num: str
    status: str
    lname: str
    fname: str | None = None
    mnames: str | None = None
    form: str | None = None
    sex: str | None = None
    maritalstatus: str | None = None
    branch: str | None = None


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
    last_name: str
    middle_names: str | None
    prefix: str | None
    gender: str | None
    marital_status: str | None
    branch: str | None


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
    place = f"{message.topic()}/{message.partition()}/{message.offset()}"
    individual = Individual(
        party,
        " ".join([part for part in (row.form, row.fname, row.mnames, row.lname) if part is not None]),
        row.fname,
        row.lname,
        row.mnames,
        row.form,
        GENDER[row.sex] if row.sex is not None else None,
        MARITAL[row.maritalstatus] if row.maritalstatus is not None else None,
        row.branch,
    )
    customer = Customer(row.cust_num, STATUS[row.status], party, "Individual")
    return (
        event(place, "individual", party, envelope, individual),
        event(place, "customer", row.cust_num, envelope, customer),
    )


def producer_of(bootstrap: str, *, is_live: bool) -> Producer:
    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "transactional.id": f"floor-{uuid.uuid4().hex}",
            "partitioner": "murmur2_random",
            "compression.type": "lz4",
            "delivery.report.only.error": True,
            "queue.buffering.max.messages": 200_000,
            "linger.ms": 5 if is_live else 20,
            "retry.backoff.ms": 2 if is_live else 100,
        }
    )
    producer.init_transactions(30)
    return producer


def gather(consumer: Consumer, most: int, *, is_live: bool) -> list[Message]:
    if not is_live:
        return consumer.consume(most, 0.2)
    first = consumer.consume(1, 0.2)
    return [*first, *consumer.consume(most, 0)] if first else []


def main(
    bootstrap: str, raw: str, records: int, individual_topic: str, customer_topic: str, mode: str = ""
) -> None:
    is_live = mode == "live"
    consumer, producer = consumer_of(bootstrap, raw), producer_of(bootstrap, is_live=is_live)
    decode, encode = msgspec.json.Decoder(Envelope).decode, msgspec.json.Encoder().encode
    produce = producer.produce
    done = 0
    while done < records:
        messages = gather(consumer, min(BATCH, records - done), is_live=is_live)
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


if __name__ == "__main__":
    rest_collector()
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), *sys.argv[4:])
