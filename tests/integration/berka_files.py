"""What the files of the Czech bank say, recomputed with the csv module and nothing of franca."""

import csv
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "berka"

Row: TypeAlias = dict[str, str]
Entity: TypeAlias = dict[str, Any]
TABLES = ("district", "client", "account", "disp", "card", "loan", "order", "trans")
KEYS = {
    "account": ("account_number",),
    "district_year": ("district_id", "year"),
    "transfer": ("transaction_id",),
}
FREQUENCY = {"MESICNE": "Monthly", "TYDNE": "Weekly", "PO OBRATU": "After each transaction"}
METHOD = {
    "VKLAD": "Cash deposit",
    "VYBER": "Cash withdrawal",
    "VYBER KARTOU": "Card withdrawal",
    "PREVOD Z UCTU": "Transfer from another bank",
    "PREVOD NA UCET": "Transfer to another bank",
}
PURPOSE = {
    "SIPO": "Household", "UVER": "Loan", "POJISTNE": "Insurance", "LEASING": "Leasing", "UROK": "Interest",
    "DUCHOD": "Pension", "SLUZBY": "Statement fee", "SANKC. UROK": "Penalty interest",
}  # fmt: skip


def rows_of(table: str) -> list[Row]:
    """Return the rows of a file as text."""
    with (DATA / f"{table}.asc").open(newline="", encoding="ascii") as file:
        return list(csv.DictReader(file, delimiter=";"))


def _day(text: str) -> str:
    return f"19{text[:2]}-{text[2:4]}-{text[4:6]}"


def _number(text: str) -> str:
    return "0" * (10 - len(text)) + text


def _money(text: str) -> Decimal:
    return Decimal(text).quantize(Decimal("0.01"))


def _districts(r: Row) -> Iterator[tuple[str, Entity]]:
    sizes = ("under_500", "under_2_000", "under_10_000", "over_10_000")
    yield (
        "district",
        {
            "id": r["A1"],
            "name": r["A2"],
            "region": r["A3"],
            "inhabitants": int(r["A4"]),
            "towns": int(r["A9"]),
            "municipalities": {size: int(r[f"A{at}"]) for at, size in enumerate(sizes, 5)},
            "urban_percent": Decimal(r["A10"]),
            "average_salary": int(r["A11"]),
            "entrepreneurs_per_1000": int(r["A14"]),
        },
    )
    for year, unemployed, crimes in ((1995, r["A12"], r["A15"]), (1996, r["A13"], r["A16"])):
        yield (
            "district_year",
            {
                "district_id": r["A1"],
                "year": year,
                "unemployment_percent": None if unemployed == "?" else Decimal(unemployed),
                "crimes": None if crimes == "?" else int(crimes),
            },
        )


def _clients(r: Row) -> Iterator[tuple[str, Entity]]:
    number = r["birth_number"]
    month = int(number[2:4])
    born = f"{number[:2]}{month - 50 if month > 50 else month:02d}{number[4:]}"
    yield (
        "individual",
        {
            "id": "P" + r["client_id"],
            "sex": "Female" if month > 50 else "Male",
            "birth_date": _day(born),
            "district_id": r["district_id"],
        },
    )


def _accounts(r: Row) -> Iterator[tuple[str, Entity]]:
    yield (
        "account",
        {
            "account_number": _number(r["account_id"]),
            "district_id": r["district_id"],
            "statement_frequency": FREQUENCY[r["frequency"].removeprefix("POPLATEK ")],
            "opened_on": _day(r["date"]),
        },
    )


def _holders(r: Row) -> Iterator[tuple[str, Entity]]:
    yield (
        "account_holder",
        {
            "id": r["disp_id"],
            "account_number": _number(r["account_id"]),
            "individual_id": "P" + r["client_id"],
            "role": "Owner" if r["type"] == "OWNER" else "Authorised",
        },
    )


def _cards(r: Row) -> Iterator[tuple[str, Entity]]:
    local = datetime.strptime("19" + r["issued"], "%Y%m%d %H:%M:%S").replace(tzinfo=ZoneInfo("Europe/Prague"))
    moment = local.astimezone(UTC)
    yield (
        "card",
        {"id": r["card_id"], "holder_id": r["disp_id"], "type": r["type"].title(), "issued_at": moment},
    )


def _loans(r: Row) -> Iterator[tuple[str, Entity]]:
    yield (
        "loan",
        {
            "id": r["loan_id"],
            "account_number": _number(r["account_id"]),
            "granted_on": _day(r["date"]),
            "amount": _money(r["amount"]),
            "months": int(r["duration"]),
            "monthly_payment": _money(r["payments"]),
            "status": "Finished" if r["status"] in "AB" else "Running",
            "in_default": r["status"] in "BD",
        },
    )


def _orders(r: Row) -> Iterator[tuple[str, Entity]]:
    yield (
        "standing_order",
        {
            "id": r["order_id"],
            "account_number": _number(r["account_id"]),
            "amount": _money(r["amount"]),
            "purpose": PURPOSE.get(r["k_symbol"]),
            "beneficiary_bank": r["bank_to"],
            "beneficiary_account": r["account_to"],
        },
    )


def _transactions(r: Row) -> Iterator[tuple[str, Entity]]:
    sign = 1 if r["type"] == "PRIJEM" else -1
    yield (
        "transaction",
        {
            "id": r["trans_id"],
            "account_number": _number(r["account_id"]),
            "booked_on": _day(r["date"]),
            "direction": "Credit" if sign > 0 else "Debit",
            "method": METHOD.get(r["operation"]),
            "amount": _money(r["amount"]),
            "signed_amount": sign * _money(r["amount"]),
            "balance": _money(r["balance"]),
            "purpose": PURPOSE.get(r["k_symbol"]),
        },
    )
    if r["bank"]:
        yield "transfer", {"transaction_id": r["trans_id"], "bank": r["bank"], "account": r["account"]}


RULES: dict[str, Callable[[Row], Iterator[tuple[str, Entity]]]] = dict(
    zip(
        TABLES,
        (_districts, _clients, _accounts, _holders, _cards, _loans, _orders, _transactions),
        strict=True,
    )
)
ENTITIES = (
    "district", "district_year", "individual", "account", "account_holder", "card", "loan", "standing_order",
    "transaction", "transfer",
)  # fmt: skip


def key_of(entity: str, fields: Entity) -> str:
    """Return the text of an entity's key."""
    return "/".join(str(fields[name]) for name in KEYS.get(entity, ("id",)))


def everything() -> dict[str, dict[str, Entity]]:
    """Return all that the files say, per entity and key, with the transactions that nobody explains."""
    found: dict[str, dict[str, Entity]] = {entity: {} for entity in ENTITIES}
    for table, rule in RULES.items():
        for row in rows_of(table):
            for entity, fields in rule(row):
                found[entity][key_of(entity, fields)] = fields
    return found


UNEXPLAINED = {r["trans_id"] for r in (rows_of("trans") if DATA.is_dir() else []) if r["type"] == "VYBER"}


def _same(expected: Any, got: Any) -> bool:
    """Compare what is meant: a moment in any zone, a number in any notation."""
    if isinstance(expected, dict):
        return set(expected) == set(got) and all(_same(expected[name], got[name]) for name in expected)
    if isinstance(expected, datetime):
        moment = datetime.fromisoformat(str(got))
        return expected == (moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    if isinstance(expected, Decimal):
        return Decimal(str(got)) == expected
    return bool(expected == got or (isinstance(expected, str) and expected == str(got)))


def assert_same(expected: dict[str, Entity], got: dict[str, Entity]) -> None:
    """Compare entities by key and field; an assertion shows those that differ."""
    assert set(got) == set(expected)
    wrong = [(fields, got[key]) for key, fields in expected.items() if not _same(fields, got[key])]
    assert not wrong, wrong[0]
