"""A real bank of the 1990s through real services: every row is accounted for, mapped or parked.

The story has three chapters: the snapshot, some changes, and a corrected mapping.
"""

import json
import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import psycopg
import pytest

from franca.config.endpoints import endpoints
from franca.config.pipelines import shapes
from franca.config.project import load
from franca.views.lake import open_lake
from tests.command import forked
from tests.integration.berka_files import (
    DATA,
    ENTITIES,
    TABLES,
    UNEXPLAINED,
    Entity,
    assert_same,
    everything,
    key_of,
)

ROOT = Path(__file__).parents[2]
pytestmark = [
    pytest.mark.services,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not DATA.is_dir(), reason="the bank's files are not beside the checkout"),
]


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

    def __call__(self, *arguments: str, code: int = 0) -> str:
        """Run one command to its end and return what it printed; it must end with the exit code."""
        done = subprocess.run(
            forked(*arguments),
            cwd=self.folder,
            env={**os.environ, "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == code, (
            f"franca {' '.join(arguments)}\n{done.stdout[-4000:]}{done.stderr[-4000:]}"
        )
        return done.stdout

    def catch_up(self) -> Chapter:
        """Run until all is stored everywhere, and return what is there."""
        self("run", "--until-caught-up")
        dsn = json.loads(self("status", "--json"))["store"]["dsn"]
        chapter = Chapter(dead=json.loads(self("dead-letters", "list", "--limit", "9999", "--json")))
        project = load(self.folder)
        places = endpoints(project, "", "")
        with (
            psycopg.connect(dsn) as connection,
            open_lake(places.lake_url, shapes(project), places.lake_options) as lake,
        ):
            for entity in ENTITIES:
                columns, rows = lake.query(f'select * from "{entity}"')
                found = msgspec.json.encode([dict(zip(columns, row, strict=True)) for row in rows])
                chapter.lake[entity] = _by_key(entity, json.loads(found))
                cursor = connection.execute(f'select * from "{entity}"'.encode())
                names = [column.name for column in cursor.description or ()]
                chapter.store[entity] = _by_key(entity, [dict(zip(names, r, strict=True)) for r in cursor])
        return chapter


def _by_key(entity: str, rows: list[Entity]) -> dict[str, Entity]:
    plain = [{name: value for name, value in row.items() if name[0] != "_"} for row in rows]
    found = {key_of(entity, row): row for row in plain}
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
        franca("dead-letters", "replay", code=1)
        chapters["corrected"] = franca.catch_up()
        yield chapters
    finally:
        franca("down")


def _expected(chapter: str) -> dict[str, dict[str, Entity]]:
    found = everything()
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

    assert_same(expected, story[chapter].lake[entity])
    assert_same(expected, story[chapter].store[entity])


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
