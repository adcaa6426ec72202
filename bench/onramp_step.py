"""The on-ramp's pure step beside the same work by hand with msgspec: CPU-seconds per million raw records.

455 bytes of Debezium JSON with ten columns become two CloudEvents; no Kafka. Both run in turns in one
process, so that a busy machine slows them alike; the least of each and the median of the ratios are shown.
"""

import gc
import statistics
import sys
import time
from collections.abc import Callable
from enum import StrEnum
from typing import Any

import msgspec

from franca.mapping.application import Application
from franca.mapping.words.choice import codes
from franca.mapping.words.text import join
from franca.model.entity import Entity, Table
from franca.model.markers import Key
from franca.pipeline.onramp import OnRamp
from franca.types import Batch, Message, Record

RECORDS, BATCH, ROUNDS = 20_000, 1_000, 15


class Gender(StrEnum):
    """A person's gender."""

    MALE = "Male"
    FEMALE = "Female"
    NONBINARY = "Nonbinary"


class Marital(StrEnum):
    """A person's marital status."""

    SINGLE = "Single"
    MARRIED = "Married"


class Status(StrEnum):
    """Where a customer stands."""

    NEW = "New"
    ACTIVE = "Active"
    CLOSED = "Closed"


class Individual(Entity):
    """A natural person."""

    id: Key[str]
    name: str
    first_name: str | None
    last_name: str
    middle_names: str | None
    prefix: str | None
    gender: Gender | None
    marital_status: Marital | None
    remark: str | None


class Customer(Entity):
    """A party with whom business is done."""

    customer_number: Key[str]
    status: Status
    party_id: str
    party_type: str


class Cust(Table):
    """The legacy table of customers."""

    cust_num: Key[str]
    status: str
    name: str | None
    fname: str | None
    lname: str
    mnames: str | None
    form: str | None
    sex: str | None
    maritalstatus: str | None
    remark: str | None


GENDERS = {"M": Gender.MALE, "F": Gender.FEMALE, "N": Gender.NONBINARY}
MARITAL = {"S": Marital.SINGLE, "M": Marital.MARRIED}
STATUS = {"N": Status.NEW, "A": Status.ACTIVE, "C": Status.CLOSED}

crm = Application("crm")


@crm.maps
def individual(cust: Cust) -> Individual:
    return Individual(
        id="CUST" + cust.cust_num,
        name=join(" ", cust.fname, cust.mnames, cust.lname),
        first_name=cust.fname,
        last_name=cust.lname,
        middle_names=cust.mnames,
        prefix=cust.form,
        gender=codes(cust.sex, GENDERS),
        marital_status=codes(cust.maritalstatus, MARITAL),
        remark=cust.remark,
    )


@crm.maps
def customer(cust: Cust) -> Customer:
    return Customer(
        customer_number=cust.cust_num,
        status=codes(cust.status, STATUS),
        party_id="CUST" + cust.cust_num,
        party_type="Individual",
    )


def record(number: int) -> Record:
    row = {
        "cust_num": f"{number:08d}",
        "status": "NAC"[number % 3],
        "name": None,
        "fname": ("Ada", "Grace", "Edsger")[number % 3],
        "lname": f"Lovelace-{number % 977}",
        "mnames": "King" if number % 2 else None,
        "form": "Ms",
        "sex": "MFN"[number % 3],
        "maritalstatus": "SM"[number % 2],
        "remark": None,
    }
    source = {
        "version": "2.7.0.Final",
        "connector": "postgresql",
        "name": "crm",
        "ts_ms": 1_700_000_000_000 + number * 3,
        "snapshot": "false",
        "db": "bank",
        "schema": "public",
        "table": "cust",
        "txId": 555 + number,
        "lsn": 24_023_128 + number * 31,
        "xmin": None,
    }
    change = {"before": None, "after": row, "source": source, "op": "c"}
    change |= {"ts_ms": source["ts_ms"], "transaction": None}
    key = msgspec.json.encode({"cust_num": row["cust_num"]})
    return Record("raw.crm.cust", number % 3, number // 3, -1, key, msgspec.json.encode(change))


class HandRow(msgspec.Struct, gc=False):
    """The mapped columns."""

    cust_num: str
    status: str
    fname: str | None
    lname: str
    mnames: str | None
    form: str | None
    sex: str | None
    maritalstatus: str | None
    remark: str | None


class HandSource(msgspec.Struct, gc=False):
    """The position and time."""

    ts_ms: int
    lsn: int


class HandChange(msgspec.Struct, gc=False):
    """What is needed of a message."""

    after: HandRow | None
    source: HandSource
    op: str


class HandIndividual(msgspec.Struct, gc=False):
    """The person, by hand."""

    id: str
    name: str
    first_name: str | None
    last_name: str
    middle_names: str | None
    prefix: str | None
    gender: Gender | None
    marital_status: Marital | None
    remark: str | None


class HandCustomer(msgspec.Struct, gc=False):
    """The customer, by hand."""

    customer_number: str
    status: Status
    party_id: str
    party_type: str


class HandEvent(msgspec.Struct, gc=False):
    """The envelope, by hand."""

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
    data: Any


decode = msgspec.json.Decoder(HandChange).decode
encode = msgspec.json.Encoder().encode
VERSION = f"1-{crm.hash}"


def hand_event(entity: str, place: str, subject: str, moment: tuple[str, str], data: Any) -> Message:
    event = HandEvent(
        "1.0",
        f"{place}/{entity}/c",
        "crm/cust",
        f"{entity}.changed",
        subject,
        moment[0],
        "application/json",
        f"{entity}/1",
        moment[1],
        "crm",
        VERSION,
        data,
    )
    return entity, subject.encode(), encode(event)


def by_hand(batch: Batch[Record]) -> Batch[Message]:
    """What a careful programmer writes for this one table: structs, one decoding, one encoding an event."""
    out = []
    for each in batch.items:
        change = decode(each.value or b"")
        row, source = change.after, change.source
        assert row is not None
        second, milli = divmod(source.ts_ms, 1000)
        text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        moment = f"{text}.{milli:03d}000Z", f"0001.lsn.{source.lsn:020d}.000"
        place = f"{each.topic}/{each.partition}/{each.offset}"
        number = row.cust_num
        person = HandIndividual(
            "CUST" + number,
            " ".join([part for part in (row.fname, row.mnames, row.lname) if part is not None]),
            row.fname,
            row.lname,
            row.mnames,
            row.form,
            None if row.sex is None else GENDERS[row.sex],
            None if row.maritalstatus is None else MARITAL[row.maritalstatus],
            row.remark,
        )
        out.append(hand_event("individual", place, person.id, moment, person))
        party = HandCustomer(number, STATUS[row.status], "CUST" + number, "Individual")
        out.append(hand_event("customer", place, number, moment, party))
    return Batch(out)


def bare_decode(batch: Batch[Record]) -> Batch[Message]:
    for each in batch.items:
        decode(each.value or b"")
    return Batch([])


def cost(step: Callable[[Batch[Record]], Batch[Message]], batches: list[Batch[Record]]) -> float:
    start = time.process_time()
    for batch in batches:
        step(batch)
    return (time.process_time() - start) / RECORDS * 1e6


def main() -> None:
    records = [record(number) for number in range(RECORDS)]
    batches = [Batch(records[at : at + BATCH]) for at in range(0, RECORDS, BATCH)]
    step = OnRamp(crm, number=1)
    expected, got = by_hand(batches[0]).items, step(batches[0]).items
    if [tuple(m) for m in got] != [tuple(m) for m in expected]:
        sys.exit(f"the step and the hand-written version disagree:\n{got[0]}\n{expected[0]}")
    gc.collect()
    gc.freeze()
    rows = [(cost(step, batches), cost(by_hand, batches), cost(bare_decode, batches)) for _ in range(ROUNDS)]
    ours, hand, bare = (min(column) for column in zip(*rows, strict=True))
    ratio = statistics.median(row[0] / row[1] for row in rows)
    print(f"message                  {len(records[0].value or b''):8d} bytes")
    print(f"bare typed decode        {bare:8.2f} CPU-s per million")
    print(f"by hand with msgspec     {hand:8.2f}")
    print(f"franca                   {ours:8.2f}   budget 2.70")
    print(f"franca / by hand         {ratio:8.2f}")


if __name__ == "__main__":
    main()
