"""A real bank of the 1990s through real services: every row is accounted for, mapped or parked.

What is expected is recomputed here from the bank's own files with the csv module alone; nothing of franca
takes part in it. The story has three chapters: the snapshot, some changes, and a corrected mapping.
"""

import csv
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import psycopg
import pytest

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data" / "berka"
pytestmark = [
    pytest.mark.services,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not DATA.is_dir(), reason="the bank's files are not beside the checkout"),
]

Row: TypeAlias = "dict[str, str]"
Entity: TypeAlias = "dict[str, Any]"
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


def _rows(table: str) -> list[Row]:
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


def _key(entity: str, fields: Entity) -> str:
    return "/".join(str(fields[name]) for name in KEYS.get(entity, ("id",)))


def _everything() -> dict[str, dict[str, Entity]]:
    """Return all that the files say, per entity and key, with the transactions that nobody explains."""
    found: dict[str, dict[str, Entity]] = {entity: {} for entity in ENTITIES}
    for table, rule in RULES.items():
        for row in _rows(table):
            for entity, fields in rule(row):
                found[entity][_key(entity, fields)] = fields
    return found


UNEXPLAINED = {r["trans_id"] for r in (_rows("trans") if DATA.is_dir() else []) if r["type"] == "VYBER"}


def _debezium(table: str, op: str, lsn: int, before: Entity | None, after: Entity | None) -> str:
    source = {
        "connector": "postgresql",
        "db": "bank",
        "schema": "public",
        "table": table,
        "ts_ms": 1763806800000 + lsn,
        "lsn": lsn,
        "snapshot": "false",
    }
    return json.dumps(
        {"before": before, "after": after, "source": source, "op": op, "ts_ms": source["ts_ms"]}
    )


CARD = {"card_id": 1005, "disp_id": 9285, "type": "classic", "issued": "931107 00:00:00"}
LOAN = {
    "loan_id": 5314, "account_id": 1787, "date": "930705", "amount": "96396", "duration": 12,
    "payments": "8033.00", "status": "A",
}  # fmt: skip
CHANGES = {
    "client": [
        _debezium("client", "u", 7001, None, {"client_id": 1, "birth_number": "706213", "district_id": 54}),
        json.dumps({"client_id": 90001, "birth_number": "005229", "district_id": 1}),
        json.dumps({"client_id": 90002, "birth_number": "715231", "district_id": 1}),
        '{"client_id": 90003, "birth_number"',
    ],
    "card": [_debezium("card", "d", 7002, CARD, None)],
    "loan": [_debezium("loan", "u", 7003, {**LOAN, "status": "B"}, LOAN)],
    "account": [
        json.dumps({"account_id": 90001, "district_id": 1, "frequency": "POPLATEK ROCNE", "date": "981231"}),
        json.dumps({"account_id": 90002, "district_id": 1, "frequency": "POPLATEK TYDNE", "date": "981231"}),
    ],
}
REFUSED = {
    ("bank.client", "birth_date", "not-a-date"): 2,
    ("bank.client", "", "not-json"): 1,
    ("bank.account", "statement_frequency", "unknown-code"): 1,
}


@dataclass
class Chapter:
    """What lake, store and dead letters held at the end of a chapter."""

    lake: dict[str, dict[str, Entity]] = field(default_factory=dict)
    store: dict[str, dict[str, Entity]] = field(default_factory=dict)
    dead: list[Entity] = field(default_factory=list)


class Franca:
    """The command, run in a copy of the example."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *arguments: str) -> str:
        """Run one command to its end and return what it printed; it must succeed."""
        done = subprocess.run(
            [sys.executable, "-m", "franca", *arguments],
            cwd=self.folder,
            env={**os.environ, "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, (
            f"franca {' '.join(arguments)}\n{done.stdout[-4000:]}{done.stderr[-4000:]}"
        )
        return done.stdout

    def catch_up(self) -> Chapter:
        """Run until all is stored everywhere, and return what is there."""
        self("run", "--until-caught-up")
        dsn = json.loads(self("status", "--json"))["store"]["dsn"]
        chapter = Chapter(dead=json.loads(self("dead-letters", "list", "--json")))
        with psycopg.connect(dsn) as connection:
            for entity in ENTITIES:
                found = json.loads(self("query", f'select * from "{entity}"', "--format", "json"))
                chapter.lake[entity] = _by_key(entity, found)
                cursor = connection.execute(f'select * from "{entity}"'.encode())
                names = [column.name for column in cursor.description or ()]
                chapter.store[entity] = _by_key(entity, [dict(zip(names, r, strict=True)) for r in cursor])
        return chapter


def _by_key(entity: str, rows: list[Entity]) -> dict[str, Entity]:
    plain = [{name: value for name, value in row.items() if name[0] != "_"} for row in rows]
    found = {_key(entity, row): row for row in plain}
    assert len(found) == len(plain), f"{entity} has a key twice"
    return found


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Chapter]]:
    """Run the three chapters on services of their own, and give what each of them ended with."""
    folder = tmp_path_factory.mktemp("berka") / "bank"
    shutil.copytree(ROOT / "examples" / "berka", folder)
    franca = Franca(folder)
    franca("up")
    try:
        chapters = {}
        for table in TABLES:
            franca("send", f"bank.{table}", str(DATA / f"{table}.asc"))
        chapters["snapshot"] = franca.catch_up()
        for table, lines in CHANGES.items():
            (folder / f"{table}.jsonl").write_text("".join(line + "\n" for line in lines))
            franca("send", f"bank.{table}", f"{table}.jsonl")
        chapters["changes"] = franca.catch_up()
        module = folder / "bank.py"
        module.write_text(module.read_text().replace('"VYDAJ": D', '"VYBER": Direction.DEBIT, "VYDAJ": D'))
        franca("dead-letters", "replay")
        chapters["corrected"] = franca.catch_up()
        yield chapters
    finally:
        franca("down")


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


def _assert_same(expected: dict[str, Entity], got: dict[str, Entity]) -> None:
    assert set(got) == set(expected)
    wrong = [(fields, got[key]) for key, fields in expected.items() if not _same(fields, got[key])]
    assert wrong == []


def _expected(chapter: str) -> dict[str, dict[str, Entity]]:
    found = _everything()
    if chapter != "corrected":
        for key in UNEXPLAINED:
            del found["transaction"][key]
    if chapter != "snapshot":
        found["individual"]["P1"]["district_id"] = "54"
        del found["card"]["1005"]
        found["loan"]["5314"]["in_default"] = False
        found["account"]["0000090002"] = {
            "account_number": "0000090002",
            "district_id": "1",
            "statement_frequency": "Weekly",
            "opened_on": "1998-12-31",
        }
    return found


@pytest.mark.parametrize("chapter", ["snapshot", "changes", "corrected"])
@pytest.mark.parametrize("entity", ENTITIES)
def test_lake_and_store_hold_what_the_files_say(story: dict[str, Chapter], chapter: str, entity: str) -> None:
    """Entity by entity and field by field, both hold what a recomputation of the files gives."""
    expected = _expected(chapter)[entity]

    _assert_same(expected, story[chapter].lake[entity])
    _assert_same(expected, story[chapter].store[entity])


def test_what_the_manual_does_not_explain_is_parked_and_nothing_else(story: dict[str, Chapter]) -> None:
    """Of the snapshot's 48,360 rows, only those of the type VYBER are dead letters, for that reason."""
    reasons = Counter((each["stage"], each["path"], each["code"]) for each in story["snapshot"].dead)

    assert reasons == {("map", "direction", "unknown-code"): len(UNEXPLAINED)}
    assert len(UNEXPLAINED) == 324


def test_every_refused_change_is_parked_with_its_reason(story: dict[str, Chapter]) -> None:
    """Impossible dates, unknown codes and broken messages each stand in the dead letters, once."""
    known = {each["id"] for each in story["snapshot"].dead}
    new = [each for each in story["changes"].dead if each["id"] not in known]

    assert Counter((_table(each), each["path"], each["code"]) for each in new) == REFUSED


def test_a_corrected_mapping_empties_its_dead_letters(story: dict[str, Chapter]) -> None:
    """After the replay only those are left that the correction does not concern."""
    left = Counter((_table(each), each["path"], each["code"]) for each in story["corrected"].dead)

    assert left == REFUSED


def _table(letter: Entity) -> str:
    return str(letter["id"]).partition("/")[0].removeprefix("raw.")
