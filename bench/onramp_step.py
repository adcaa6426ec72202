"""The on-ramp's pure step beside the same work by hand with msgspec: CPU-seconds per million raw records.

455 bytes of Debezium JSON with ten columns become two CloudEvents; no Kafka. Both run in turns in one
process, so that a busy machine slows them alike; the least of each and the median of the ratios are shown.
"""

import gc
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache

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
    gender: str | None
    marital_status: str | None
    remark: str | None


class HandCustomer(msgspec.Struct, gc=False):
    """The customer, by hand."""

    customer_number: str
    status: str
    party_id: str
    party_type: str


decode = msgspec.json.Decoder(HandChange).decode
encode = msgspec.json.Encoder().encode
GENDER_TEXTS, MARITAL_TEXTS, STATUS_TEXTS = (
    {code: meaning.value for code, meaning in table.items()} for table in (GENDERS, MARITAL, STATUS)
)
MILLISECONDS = [b"%03d000Z" % number for number in range(1000)]


def hand_envelope(entity: str) -> bytes:
    """Return an entity's envelope as bytes: place, offset, subject, time, sequence and data are left open."""
    return (
        f'{{"specversion":"1.0","id":"%b%b/{entity}/c","source":"crm/cust","type":"{entity}.changed",'
        f'"subject":"%b","time":"%b","datacontenttype":"application/json","dataschema":"{entity}/1",'
        f'"sequence":"%b","origin":"crm","mapping":"1-{crm.hash}","data":%b}}'
    ).encode()


PERSON, PARTY = hand_envelope("individual"), hand_envelope("customer")


@lru_cache(maxsize=4096)
def hand_second(second: int) -> bytes:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S.").encode()


@lru_cache(maxsize=4096)
def hand_place(topic: str, partition: int) -> bytes:
    return f"{topic}/{partition}/".encode()


def by_hand(batch: Batch[Record]) -> Batch[Message]:
    """What a careful programmer writes for this one table, knowing that its keys and codes are plain.

    One decoding of only what is needed, codes straight to text, the data encoded, the envelope put around it
    as bytes, the text of a second made once. Nothing is caught, and nothing that is absent or odd is seen.
    """
    out: list[Message] = []
    for each in batch.items:
        change = decode(each.value or b"")
        row, source = change.after, change.source
        assert row is not None
        second, milli = divmod(source.ts_ms, 1000)
        moment, sequence = hand_second(second) + MILLISECONDS[milli], b"0001.lsn.%020d.000" % source.lsn
        place, offset = hand_place(each.topic, each.partition), b"%d" % each.offset
        number, first, middle = row.cust_num, row.fname, row.mnames
        party_id = "CUST" + number
        person = HandIndividual(
            party_id,
            " ".join([part for part in (first, middle, row.lname) if part is not None]),
            first,
            row.lname,
            middle,
            row.form,
            None if row.sex is None else GENDER_TEXTS[row.sex],
            None if row.maritalstatus is None else MARITAL_TEXTS[row.maritalstatus],
            row.remark,
        )
        key = party_id.encode()
        out.append(("individual", key, PERSON % (place, offset, key, moment, sequence, encode(person))))
        party = HandCustomer(number, STATUS_TEXTS[row.status], party_id, "Individual")
        key = number.encode()
        out.append(("customer", key, PARTY % (place, offset, key, moment, sequence, encode(party))))
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
    by_hand_ratio = statistics.median(row[0] / row[1] for row in rows)
    bare_ratio = statistics.median(row[0] / row[2] for row in rows)
    print(f"message                  {len(records[0].value or b''):8d} bytes")
    print(f"bare typed decode        {bare:8.2f} CPU-s per million")
    print(f"by hand with msgspec     {hand:8.2f}")
    print(f"franca                   {ours:8.2f}   budget 2.70 where bare typed decode costs 0.56")
    print(f"franca / by hand         {by_hand_ratio:8.2f}")
    print(f"franca / bare decode     {bare_ratio:8.2f}   budget 4.80")


if __name__ == "__main__":
    main()
