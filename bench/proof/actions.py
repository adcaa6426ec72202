"""TPC-DI's customer management as changes: its mix of actions, scaled up, as Debezium writes them."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

MIX = {
    "add_account": 15_190,
    "close_account": 4_340,
    "update_account": 8_680,
    "new": 15_280,
    "update_customer": 4_340,
    "inactivate": 2_170,
}
"""How often each action occurs among 50,000: what TPC-DI's generator wrote into its audit of CustomerMgmt.

At scale factor 10, as github.com/shannon-barrow/databricks-tpc-di has it: CA_ADDACCT, CA_CLOSEACCT,
CA_UPDACCT, C_NEW, C_UPDCUST, C_INACT.
"""

SEED = 7
FIRST_DAY = 1_300_000_000_000
encode = msgspec.json.Encoder().encode

Row = dict[str, Any]
Change = tuple[str, bytes, bytes]
"""The table, the key and the value of a message."""


@dataclass(slots=True)
class Management:
    """Customers and accounts as they are after the actions so far; `places` has the newest change of each."""

    customers: dict[int, Row] = field(default_factory=dict)
    accounts: dict[int, Row] = field(default_factory=dict)
    places: dict[tuple[str, int], int] = field(default_factory=dict)
    _dice: random.Random = field(default_factory=lambda: random.Random(SEED))
    _numbers: dict[str, int] = field(default_factory=lambda: {"customer": 0, "account": 0, "lsn": 10_000})

    def changes(self, actions: int, weights: Mapping[str, int] = MIX) -> Iterator[Change]:
        """Do so many actions, spread evenly by their weights, and yield the changes that they make."""
        total = sum(weights.values())
        done = dict.fromkeys(weights, 0)
        for number in range(1, actions + 1):
            name = max(weights, key=lambda each: weights[each] * number - done[each] * total)
            done[name] += 1
            yield from getattr(self, name)()

    def new(self) -> Iterator[Change]:
        """A customer comes, with a first account."""
        number = self._next("customer")
        self.customers[number] = self._customer(number)
        yield self._message("customer", "c", None, self.customers[number])
        yield from self._add(number)

    def add_account(self) -> Iterator[Change]:
        """A customer opens another account."""
        yield from self._add(self._any(self.customers))

    def update_account(self) -> Iterator[Change]:
        """An account is renamed, and taxed otherwise."""
        number = self._any(self.accounts)
        before = self.accounts[number]
        after = {
            **before,
            "ca_name": f"Account {self._dice.randrange(10**6)}",
            "ca_tax_st": self._dice.randrange(3),
        }
        self.accounts[number] = after
        yield self._message("account", "u", before, after)

    def close_account(self) -> Iterator[Change]:
        """An account goes."""
        yield self._close(self._any(self.accounts))

    def update_customer(self) -> Iterator[Change]:
        """A customer moves."""
        number = self._any(self.customers)
        before = self.customers[number]
        moved = {
            "c_adline1": f"{self._dice.randrange(999)} Broad Street",
            "c_tier": 1 + self._dice.randrange(3),
        }
        after = {**before, **moved, "c_prim_email": f"c{number}@new.example.com"}
        self.customers[number] = after
        yield self._message("customer", "u", before, after)

    def inactivate(self) -> Iterator[Change]:
        """A customer goes, and the last account opened goes too if it is theirs."""
        number = self._any(self.customers)
        last = self._numbers["account"]
        if last in self.accounts and self.accounts[last]["ca_c_id"] == number:
            yield self._close(last)
        yield self._message("customer", "d", self.customers.pop(number), None)

    def _add(self, customer: int) -> Iterator[Change]:
        number = self._next("account")
        broker, name = self._dice.randrange(10**5), f"Account {self._dice.randrange(10**6)}"
        row = {
            "ca_id": number,
            "ca_c_id": customer,
            "ca_b_id": broker,
            "ca_name": name,
            "ca_tax_st": number % 3,
        }
        self.accounts[number] = row
        yield self._message("account", "c", None, row)

    def _close(self, number: int) -> Change:
        return self._message("account", "d", self.accounts.pop(number), None)

    def _customer(self, number: int) -> Row:
        return {
            "c_id": number,
            "c_tax_id": f"{number * 7919 % 10**9:09d}",
            "c_gndr": (None, "M", "F")[number % 3],
            "c_tier": None if number % 11 == 0 else 1 + number % 3,
            "c_dob": None if number % 13 == 0 else number * 31 % 20_000 - 10_000,
            "c_l_name": f"Last{number % 5_000}",
            "c_f_name": f"First{number % 1_000}",
            "c_m_name": None if number % 2 else "ABCDEFGH"[number % 8],
            "c_adline1": f"{number % 999} Main Street",
            "c_zipcode": f"{number % 10**5:05d}",
            "c_city": f"City{number % 300}",
            "c_ctry": None if number % 7 else "Canada",
            "c_prim_email": None if number % 5 == 0 else f"c{number}@example.com",
        }

    def _any(self, rows: dict[int, Row]) -> int:
        """Return the number of a row that is there."""
        last = self._numbers["customer" if rows is self.customers else "account"]
        while (number := 1 + self._dice.randrange(last)) not in rows:
            pass
        return number

    def _next(self, kind: str) -> int:
        self._numbers[kind] += 1
        return self._numbers[kind]

    def _message(self, table: str, op: str, before: Row | None, after: Row | None) -> Change:
        lsn = self._numbers["lsn"] = self._numbers["lsn"] + 56
        source = {
            "version": "3.2.0.Final",
            "connector": "postgresql",
            "name": "mgmt",
            "ts_ms": FIRST_DAY + lsn,
        }
        source |= {
            "snapshot": "false",
            "db": "mgmt",
            "schema": "public",
            "table": table,
            "txId": lsn,
            "lsn": lsn,
        }
        row = after or before or {}
        key = next(iter(row))
        self.places[table, row[key]] = lsn
        value = {"before": before, "after": after, "source": source, "op": op, "ts_ms": FIRST_DAY + lsn + 100}
        return table, encode({key: row[key]}), encode(value)
