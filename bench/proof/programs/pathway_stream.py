"""A stream in Pathway, Kafka to two Delta tables: `pathway_stream.py BOOTSTRAP TOPIC COUNT FOLDER [live]`.

Its own Kafka input with the paths of the fields, and expressions over columns. Its Delta output asks for a
licence key, so that rows go through its Python output to deltalake, as in the other streams in Python. A
column can't be called `id` in Pathway: it is `id_` up to there.
"""

import sys
import uuid
from collections.abc import Sequence
from typing import Any

import pathway as pw
from deltalake import write_deltalake

from bench.proof.programs.arrow import table
from bench.proof.programs.bank import TABLES
from bench.proof.programs.bank_codes import GENDER, HASH, MARITAL, STATUS


class Cust(pw.Schema):
    """What the mapping needs of a message."""

    cust_num: str
    status: str
    lname: str
    fname: str | None
    mnames: str | None
    form: str | None
    sex: str | None
    maritalstatus: str | None
    branch: str | None
    lsn: int
    ts_ms: int


PER_COMMIT = 50_000
PATHS = {
    name: f"/source/{name}" if name in ("lsn", "ts_ms") else f"/after/{name}" for name in Cust.column_names()
}


class DeltaOutput:
    """Appends rows to a table, at the end of a minibatch when there are enough of them."""

    def __init__(self, folder: str, columns: Sequence[str], fewest: int) -> None:
        self._folder, self._columns, self._fewest = folder, columns, fewest
        self._names = ["id_" if column == "id" else column for column in columns]
        self._rows: list[tuple[Any, ...]] = []

    def add(self, key: Any, row: dict[str, Any], time: int, is_addition: bool) -> None:
        self._rows.append(tuple([row[name] for name in self._names]))

    def end(self, time: int) -> None:
        if len(self._rows) >= self._fewest:
            self.commit()

    def commit(self) -> None:
        if self._rows:
            write_deltalake(self._folder, table(self._columns, self._rows), mode="append")
            self._rows = []


def main(bootstrap: str, topic: str, _count: str, folder: str, mode: str = "") -> None:
    settings = {
        "bootstrap.servers": bootstrap,
        "group.id": f"proof-{uuid.uuid4().hex}",
        "auto.offset.reset": "earliest",
    }
    cust = pw.io.kafka.read(
        settings,
        topic=topic,
        format="json",
        schema=Cust,
        json_field_paths=PATHS,
        mode="streaming" if mode == "live" else "static",
        autocommit_duration_ms=1_000 if mode == "live" else 1_500,
    )
    party = "CUST" + pw.this.cust_num
    individual = cust.select(
        **envelope("individual", party),
        id_=party,
        name=pw.apply(name, pw.this.form, pw.this.fname, pw.this.mnames, pw.this.lname),
        first_name=pw.this.fname,
        last_name=pw.this.lname,
        middle_names=pw.this.mnames,
        prefix=pw.this.form,
        gender=pw.apply_with_type(GENDER.get, str | None, pw.this.sex),
        marital_status=pw.apply_with_type(MARITAL.get, str | None, pw.this.maritalstatus),
        branch=pw.this.branch,
    )
    customer = cust.select(
        **envelope("customer", pw.this.cust_num),
        customer_number=pw.this.cust_num,
        status=pw.apply(STATUS.__getitem__, pw.this.status),
        party_id=party,
        party_type="Individual",
    )
    for entity, made in (("individual", individual), ("customer", customer)):
        output = DeltaOutput(f"{folder}/{entity}", TABLES[entity], 1 if mode == "live" else PER_COMMIT)
        pw.io.subscribe(made, on_change=output.add, on_time_end=output.end, on_end=output.commit)
    pw.run(monitoring_level=pw.MonitoringLevel.NONE)


def envelope(entity: str, subject: Any) -> dict[str, Any]:
    """Return the columns that tell where a row comes from."""
    lsn = pw.this.lsn
    return {
        "_event_id": pw.apply(lambda n: f"raw.crm.cust/{n}/{entity}/c", lsn),
        "_source": "crm/cust",
        "_type": f"{entity}.changed",
        "_subject": subject,
        "_changed_at": pw.this.ts_ms,
        "_sequence": pw.apply(lambda n: f"0001.lsn.{n:020d}.000", lsn),
        "_origin": "crm",
        "_mapping": 1,
        "_mapping_hash": HASH,
        "_schema": f"{entity}/1",
    }


def name(*parts: str | None) -> str:
    """Return what there is of a name."""
    return " ".join([part for part in parts if part is not None])


if __name__ == "__main__":
    main(*sys.argv[1:])
