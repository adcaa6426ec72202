"""A shop's project, written as a user would, with messages of every bad kind among good ones."""

import json
from pathlib import Path
from typing import NamedTuple

from tests.integration.whole.legacy import Message

TOPIC = "raw.till.sale"
GOOD = 3_000
EVERY = 1_000
SECRET = "Ada Lovelace"

MODEL = '''
from enum import Enum
from franca import Entity, Key, Pii

class Payment(Enum):
    CASH = "Cash"
    CARD = "Card"
    VOUCHER = "Voucher"

class Sale(Entity):
    """What was sold."""
    number: Key[str]
    cents: int
    payment: Payment

class Buyer(Entity):
    """Who bought it."""
    number: Key[str]
    name: Pii[str]
'''

TILL = """
from franca import Application, Key, Table, codes
from model import Buyer, Payment, Sale

till = Application("till")
PAYMENTS = {"C": Payment.CASH, "K": Payment.CARD}

class Sale_(Table, name="sale"):
    no: Key[str]
    cents: int
    paid: str
    buyer: str

@till.maps
def sale(row: Sale_) -> Sale:
    return Sale(number=row.no, cents=row.cents, payment=codes(row.paid, PAYMENTS))

@till.maps
def buyer(row: Sale_) -> Buyer:
    return Buyer(number=row.no, name=row.buyer)
"""
CORRECTED = TILL.replace('"K": Payment.CARD', '"K": Payment.CARD, "V": Payment.VOUCHER')


class Bad(NamedTuple):
    """A bad message and what becomes of it: by stage and mapping the code of its letter."""

    value: bytes | None
    letters: dict[str, str]


def row(number: str, **other: object) -> dict[str, object]:
    """Return a good row of the till."""
    return {"no": number, "cents": 1_250, "paid": "C", "buyer": SECRET, **other}


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def _without(column: str) -> bytes:
    return _json({name: value for name, value in row("w").items() if name != column})


BAD = {
    "not JSON": Bad(b'{"no":"17","cents":', {"decode": "not-json"}),
    "wrong shape": Bad(b'["17", 1250]', {"decode": "wrong-shape"}),
    "missing key": Bad(_without("no"), {"map/sale": "absent-input", "map/buyer": "absent-input"}),
    "null key": Bad(_json(row("n", no=None)), {"decode": "null"}),
    "unknown code": Bad(_json(row("u", paid="V")), {"map/sale": "unknown-code"}),
    "overlong number": Bad(_json(row("o")).replace(b"1250", b"9" * 5_000), {"decode": "number-too-long"}),
    "2 MB of a wrong type": Bad(_json(row("t", paid=["x" * 2_000_000])), {"decode": "wrong-type"}),
    "2 MB that are not JSON": Bad(b"x" * 2_000_000, {"decode": "not-json"}),
    "null value": Bad(None, {}),
    "empty value": Bad(b"", {"decode": "empty-value"}),
}
"""One message of each kind; the unknown code is known to the corrected mapping."""


def write(folder: Path, till: str = TILL) -> None:
    """Write the project's modules."""
    (folder / "model.py").write_text(MODEL)
    (folder / "till.py").write_text(till)


def messages() -> list[Message]:
    """Return good rows, every thousandth with a code that is not known, and the bad ones among them."""
    found: list[Message] = [
        (TOPIC, f"{n:05d}".encode(), _json(row(f"{n:05d}", cents=n, paid="V" if n % EVERY == 7 else "K")))
        for n in range(GOOD)
    ]
    found.append((TOPIC, b"large", _json(row("large", buyer="y" * 2_000_000))))
    for place, bad in enumerate(BAD.values()):
        found.insert(150 * place + 100, (TOPIC, f"bad{place}".encode(), bad.value))
    return found
