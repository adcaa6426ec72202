"""The bank: appended changes of customers, each an individual and a customer, as files, topics and tables."""

from pathlib import Path

import pyarrow as pa

from bench.messages import raw
from bench.proof.equality import CONSTANT, ONCE
from bench.proof.programs.arrow import table
from bench.proof.programs.bank import TABLES, Row
from bench.proof.reading import INSTANT, WHOLE

UNCOMPARED = (ONCE, CONSTANT)
"""A batch knows no topics and no published mappings: that each event has an id of its own is all there is."""

KINDS = {"_changed_at": INSTANT, "_mapping": WHOLE}
"""What the columns are that are no text."""

BATCH = 100_000


def write_file(path: Path, count: int) -> None:
    """Write the messages as they lie in files: one JSON object a line."""
    with path.open("wb") as file:
        for number in range(count):
            file.write(raw(number)[1] + b"\n")


def compared(name: str) -> list[str]:
    """Return the columns of a table that are the same whoever makes it."""
    return [column for column in TABLES[name] if column not in UNCOMPARED]


def expected(count: int) -> dict[str, pa.Table]:
    """Return the tables as they should be, computed from what the messages were made of."""
    parts: dict[str, list[pa.Table]] = {name: [] for name in TABLES}
    for start in range(0, count, BATCH):
        numbers = range(start, min(count, start + BATCH))
        parts["individual"].append(table(TABLES["individual"], [_individual(n) for n in numbers]))
        parts["customer"].append(table(TABLES["customer"], [_customer(n) for n in numbers]))
    return {name: pa.concat_tables(each) for name, each in parts.items()}


def _individual(number: int) -> Row:
    first = ("Ada", "Grace", "Alan", "Edsger")[number % 4]
    last = ("Lovelace", "Hopper", "Turing", "Dijkstra")[number % 4]
    name = f"Ms {first} Maria {last}" if number % 2 else f"Mr {first} {last}"
    middle, prefix = ("Maria", "Ms") if number % 2 else (None, "Mr")
    gender, status = (("Female", "Married"), ("Male", "Single"))[number % 2]
    key = f"CUST{number % 50_000:08d}"
    return (
        *_envelope("individual", key, number),
        key,
        name,
        first,
        last,
        middle,
        prefix,
        gender,
        status,
        f"{number % 97:04d}",
    )


def _customer(number: int) -> Row:
    key = f"{number % 50_000:08d}"
    status = ("New", "Active", "Closed")[number % 3]
    return (*_envelope("customer", key, number), key, status, f"CUST{key}", "Individual")


def _envelope(entity: str, subject: str, number: int) -> Row:
    sequence = f"0001.lsn.{24_000_000 + 56 * number:020d}.000"
    moment = 1_760_000_000_000 + number
    return (
        "",
        "crm/cust",
        f"{entity}.changed",
        subject,
        moment,
        sequence,
        "crm",
        1,
        "",
        f"{entity}/1",
    )
