"""Imitates the legacy bank: the change capture (Debezium, PostgreSQL) of its tables `cust` and `acct`.

Seeded, so that two runs give the same messages. Run it to see them:

    python examples/bank/legacy/generate.py --customers 3 --accounts 5 --changes 4
"""

import argparse
import json
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from faker import Faker

Message = tuple[str, bytes, bytes | None]
Row = dict[str, Any]

CUST, ACCT = "raw.crm.cust", "raw.core.acct"
KEYS = {CUST: "cust_num", ACCT: "acct_num"}
START_MS = 1_767_225_600_000
TYPES = ("CHQ", "CHQ", "SAV", "SAV", "CRD", "HML")
DIRT_RATE = 0.002


@dataclass
class Bank:
    """The legacy bank's rows and its log. `dirt` counts the bad messages made, by kind."""

    seed: int = 1
    rows: dict[str, dict[str, Row]] = field(default_factory=lambda: {CUST: {}, ACCT: {}})
    dirt: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._lsn = 24_000_000
        self._names = _Names(self.seed)
        self._numbers = {CUST: 0, ACCT: 0}

    def messages(self, customers: int, accounts: int, changes: int) -> Iterator[Message]:
        """Yield the snapshot of both tables, then changes: updates, inserts, deletes and some dirt."""
        for _ in range(customers):
            yield self._insert(CUST, "r")
        for _ in range(accounts):
            yield self._insert(ACCT, "r")
        for _ in range(changes):
            if self._random.random() < DIRT_RATE:
                yield self._dirt()
            else:
                yield from self._change()

    def _change(self) -> Iterator[Message]:
        topic = CUST if self._random.random() < 0.6 else ACCT
        chance = self._random.random()
        if chance < 0.08 or not self.rows[topic]:
            yield self._insert(topic, "c")
        elif chance < 0.12:
            yield from self._delete(topic)
        else:
            yield self._update(topic)

    def _insert(self, topic: str, operation: str) -> Message:
        self._numbers[topic] += 1
        row = self._customer() if topic == CUST else self._account()
        self.rows[topic][row[KEYS[topic]]] = row
        return self._message(topic, operation, None, row)

    def _update(self, topic: str) -> Message:
        before = self._some_row(topic)
        after = {**before, **(self._new_name() if topic == CUST else self._new_state())}
        self.rows[topic][before[KEYS[topic]]] = after
        return self._message(topic, "u", before, after)

    def _delete(self, topic: str) -> Iterator[Message]:
        before = self._some_row(topic)
        del self.rows[topic][before[KEYS[topic]]]
        message = self._message(topic, "d", before, None)
        yield message
        yield topic, message[1], None

    def _some_row(self, topic: str) -> Row:
        """Return a row by guessing keys, so that picking one does not walk the table."""
        rows, top = self.rows[topic], self._numbers[topic]
        prefix = "" if topic == CUST else "A"
        guesses = (f"{prefix}{self._random.randint(1, top):08d}" for _ in range(40))
        return next((rows[key] for key in guesses if key in rows), next(iter(rows.values())))

    def _customer(self) -> Row:
        first, middle, last = self._names.person(self._random)
        sex = self._random.choice("MFMFMFN")
        return {
            "cust_num": f"{self._numbers[CUST]:08d}",
            "status": self._random.choice("NAAAAC"),
            "name": f"{first} {last}",
            "fname": first,
            "lname": last,
            "mnames": middle,
            "form": {"M": "Mr", "F": "Ms", "N": None}[sex],
            "sex": sex,
            "maritalstatus": self._random.choice(("M", "S", None)),
        }

    def _account(self) -> Row:
        created = START_MS * 1000 - self._random.randrange(10**15)
        return {
            "acct_num": f"A{self._numbers[ACCT]:08d}",
            "cust_num": f"{self._random.randint(1, max(1, self._numbers[CUST])):08d}",
            "created": created,
            "valid_from": created,
            "valid_to": None,
            "status": self._random.choice("OOOOF"),
            "type": self._random.choice(TYPES),
            "name": self._random.choice(("Everyday", "Rainy day  ", "  Holiday", None)),
            "pin": f"{self._random.randrange(10_000):04d}",
        }

    def _new_name(self) -> Row:
        first, middle, last = self._names.person(self._random)
        return self._random.choice(
            (
                {"lname": last, "maritalstatus": "M"},
                {"status": self._random.choice("NAC")},
                {"fname": first, "mnames": middle},
            )
        )

    def _new_state(self) -> Row:
        return self._random.choice(({"status": self._random.choice("OFC")}, {"name": "Renamed"}))

    def _dirt(self) -> Message:
        """Return one bad message: each kind is a dead letter with a reason of its own."""
        kinds = ("not JSON", "unknown code", "wrong type", "missing column", "wrong shape")
        kind = self._random.choice(kinds)
        self.dirt[kind] = self.dirt.get(kind, 0) + 1
        self._numbers[CUST] += 1
        row = self._customer()
        key = json.dumps({"cust_num": row["cust_num"]}).encode()
        if kind == "not JSON":
            return CUST, key, b'{"before":null,"after":{"cust_num":'
        if kind == "wrong shape":
            return CUST, key, b'["cust", 17]'
        if kind == "unknown code":
            row["sex"] = "X"
        elif kind == "wrong type":
            row["lname"] = {"text": row["lname"]}
        else:
            del row["status"]
        return self._message(CUST, "c", None, row)

    def _message(self, topic: str, operation: str, before: Row | None, after: Row | None) -> Message:
        self._lsn += self._random.randrange(40, 400)
        at = START_MS + self._lsn // 40
        schema, table = topic.split(".")[1:]
        source = {
            "version": "3.1.0.Final",
            "connector": "postgresql",
            "name": "legacy",
            "ts_ms": at,
            "ts_us": at * 1000 + self._lsn % 1000,
            "snapshot": "true" if operation == "r" else "false",
            "db": "bank",
            "schema": schema,
            "table": table,
            "txId": self._lsn // 1000,
            "lsn": self._lsn,
        }
        row = after if after is not None else before
        key = {KEYS[topic]: (row or {})[KEYS[topic]]}
        value = {"before": before, "after": after, "source": source, "op": operation, "ts_ms": at + 3}
        return topic, _compact(key), _compact(value)


class _Names:
    """A pool of made-up names: drawing them afresh for every row would cost more than the stream."""

    def __init__(self, seed: int) -> None:
        faker = Faker(["en_GB", "fr_FR", "cs_CZ"])
        faker.seed_instance(seed)
        self._first = [faker.first_name() for _ in range(800)]
        self._last = [faker.last_name() for _ in range(1500)]

    def person(self, chance: random.Random) -> tuple[str, str | None, str]:
        """Return a first name, sometimes a middle name, and a last name."""
        middle = chance.choice(self._first) if chance.random() < 0.4 else None
        return chance.choice(self._first), middle, chance.choice(self._last)


def _compact(value: Row) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def main() -> None:
    """Print the messages as raw record lines without positions: topic, key, value."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--accounts", type=int, default=30_000)
    parser.add_argument("--changes", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    bank = Bank(arguments.seed)
    for topic, key, value in bank.messages(arguments.customers, arguments.accounts, arguments.changes):
        text = None if value is None else value.decode()
        line = {"topic": topic, "key": key.decode(), "value": text}
        sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
