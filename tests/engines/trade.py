"""A model that views find hard: cycles, self-links, many to many, chosen and missing targets, nested values.

And events of it, put together by hand: repeats, late ones, deletes, keys that come back, links to nothing.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

from franca.model.entity import Entity, ModelMeta, Value
from franca.model.markers import Digits, Key, Link, Pii, Range
from franca.model.views import Declared, metric, view
from tests.scenes import Scene


class Kind(Enum):
    CLIENT = "client's"
    ACCOUNT = "account"


class Money(Value):
    amount: Annotated[Decimal, Digits(12, 2)] | None = None
    currency: str | None = None
    since: datetime | None = None


class Visit(Entity, star="dimension"):
    """When one came, and what it cost: keys whose texts engines write in many ways."""

    at: Key[datetime]
    fee: Key[Annotated[Decimal, Digits(4, 2)]]


class Client(Entity, star="dimension"):
    """Who trades."""

    id: Key[str]
    name: Annotated[Pii[str | None], "As it is spoken."] = None
    partner_id: Annotated[str | None, Link("Client")] = None
    main_account: Annotated[str | None, Link("Account")] = None
    tags: list[str] | None = None
    born: date | None = None


class GrownClient(Entity, name="client"):
    """Who trades, by a later model."""

    id: Key[str]
    later: str | None = None


class Account(Entity, star="dimension"):
    """What is traded with."""

    bank: Key[str]
    number: Key[Annotated[int, Range(0, 10**9)]]
    owner_id: Annotated[str | None, Link(Client)] = None
    limit: Money | None = None
    past: list[Money] | None = None


class Holder(Entity):
    """Which client holds which account."""

    client_id: Annotated[Key[str], Link(Client)]
    account: Annotated[Key[str], Link(Account)]
    share: float | None = None


class Trade(Entity, star="fact"):
    """One trade."""

    id: Key[UUID]
    kind: Kind | None = None
    about: Annotated[str | None, Link({"client's": Client, "account": Account}, by="kind")] = None
    sender: Annotated[str | None, Link(Account)] = None
    receiver: Annotated[str | None, Link(Account)] = None
    order: Annotated[UUID | None, Link("Trade")] = None
    visit: Annotated[str | None, Link(Visit)] = None
    amount: Annotated[Decimal, Digits(12, 2)] | None = None
    large: int | None = None
    day: date | None = None
    at: datetime | None = None
    valid_from: str | None = None
    open: bool | None = None


MANY = {f"f{number:03d}": str | None for number in range(150)}
Wide: Any = ModelMeta(
    "Wide",
    (Entity,),
    {"__annotations__": {"id": Key[str], **MANY}, "__module__": __name__, **dict.fromkeys(MANY)},
)
"""More fields than functions take arguments in some engines."""

ENTITIES: list[type[Entity]] = [Client, Account, Holder, Trade, Wide, Visit]

DECLARED: dict[str, Declared] = {
    "traded": metric(
        "sum(amount)", over=Trade, by=["day"], where="amount > 0", description="What was traded."
    ),
    "clients": metric("count(distinct name)", over="client"),
    "monthly": view(
        "select cast(date_trunc('month', day) as date) as month, count(*) filter (where open) as open_ones, "
        "max(amount) as most, coalesce(min(sender), 'nobody') as first_one from trade group by all"
    ),
    "ranked": view(
        "with known as (select * from trade_joined where sender_owner_id is not null) "
        "select id, upper(kind) || '!' as kind, row_number() over (partition by kind order by id) as place, "
        "extract(year from day) as year, case when amount > 10 then 'much' else 'little' end as size "
        "from known"
    ),
    "pairs": view(
        "select a.id as one, b.id as other, cast(a.amount / 3 as decimal(12, 2)) as third from trade a "
        "join trade b on a.receiver = b.sender where a.id <> b.id"
    ),
}


def scene() -> Scene:
    """Return the events."""
    found = Scene(ENTITIES)
    eur: dict[str, Any] = {"amount": Decimal("1.50"), "currency": "EUR"}
    client, account, holder, trade, wide, visit = (_adder(found, each) for each in ENTITIES)
    client(1, 0, id="a/b%", name="Ada's", partner_id="c", main_account="x%2Fy/1", tags=["p", ""])
    client(2, 1, id="c", name="Bö", partner_id="c", main_account="none/9", tags=[], born=date(1815, 12, 10))
    client(3, 2, id="d", partner_id="gone")
    client(4, 3, id="gone", name="Gone")
    client(5, 4, id="a/b%", name="Ada's", partner_id="c", main_account="x%2Fy/1", tags=["p", None])
    client(6, 5, id="gone", gone=True)
    client(6, 5, id="gone", gone=True)
    client(7, 2.5, id="c", name="Bö", partner_id="gone", main_account="z/2")
    client(8, 8, id="back", name="first")
    client(9, 9, id="back", gone=True)
    client(10, 10, id="back", name="again")
    client(1, 0, id="a/b%", name="Ada's, mapped anew", mapping=2)
    client(4.5, 99, id="late")
    client(12, 12, id="never", gone=True)
    came = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    visit(1, 0, at=came, fee=Decimal("0.50"))
    other = [{**eur, "since": came}, {"amount": None, "currency": "X"}]
    account(1, 0, bank="x/y", number=1, owner_id="a/b%", limit=eur, past=other)
    account(2, 1, bank="z", number=2, owner_id="c", limit=None, past=[])
    account(3, 6, bank="x/y", number=1, owner_id="d", limit={**eur, "currency": None}, past=None)
    account(4, 7, bank="z", number=3, owner_id="nobody")
    account(5, 11, bank="z", number=3, gone=True)
    one, two, three = "x%2Fy/1", "z/2", "z/3"
    for n, (who, what) in enumerate((("a/b%", one), ("a/b%", two), ("c", two), ("c", three)), 1):
        holder(n, n, client_id=who, account=what, share=n / 4)
    a, b, c, d = (f"6ba7b810-9dad-11d1-80b4-00c04fd4300{number}" for number in range(4))
    at = datetime(2026, 3, 1, 12, 0, 0, 123000, tzinfo=UTC)
    seen = "2026-03-01T09:30:00.000000Z/0.50"
    sent: dict[str, Any] = {"visit": seen, "kind": "client's", "sender": one, "receiver": two}
    trade(1, 0, id=a, about="c", amount=Decimal("12.30"), **sent)
    trade(2, 1, id=b, kind="account", about=two, sender=two, order=a, day=date(2026, 2, 3), open=True)
    trade(3, 2, id=c, kind="account", about="c", receiver=three, order=c, large=10**30, at=at)
    trade(4, 3, id=d, sender=two, receiver=one, amount=Decimal(-5), day=date(2026, 2, 4), open=False)
    trade(5, 9, id=a, about="d", amount=Decimal("12.31"), **sent)
    trade(6, 10, id=b, kind="account", about=two, sender=two, amount=Decimal(7), day=date(2026, 2, 3))
    trade(7, 11, id=d, gone=True)
    wide(1, 0, id="w", **dict.fromkeys(MANY, "old"))
    wide(2, 1, id="w", **{**dict.fromkeys(MANY, "old"), "f000": "new", "f149": None})
    return found


def _adder(found: Scene, entity: type[Entity]) -> Any:
    def add(sequence: float, minute: float, **rest: Any) -> None:
        found.add(entity, int(sequence * 10), minute, **rest)

    return add
