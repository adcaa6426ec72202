"""`franca test` on a real lake and a real store: the same answers, and nothing personal shown."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
from deltalake import DeltaTable

from franca.errors import DefinitionError, UsageError
from franca.local.kafka import LocalKafka
from franca.operations.data_tests import DataTests, Wish, chosen, place_of
from franca.trust.outcome import Outcome
from franca.trust.veil import MASK
from tests.conftest import Database
from tests.integration.desk import row
from tests.integration.stage import Stage
from tests.integration.test_control import franca
from tests.integration.test_resnapshot import change

pytestmark = [pytest.mark.services, pytest.mark.slow]

QUALITY = """
from datetime import timedelta
from franca import expects, failing_rows, freshness
from desk import Label, Order

old = freshness(Order, within=timedelta(days=1))
early = freshness(Label, within=timedelta(days=999_999), warn_after=timedelta(seconds=1), severity="warn")
more = [
    failing_rows('''select number, note from "NAMEorder" where number >= '3' ''', name="large"),
    failing_rows('''select upper(note) as state from "NAMEorder" where number = '1' ''', name="shouted"),
    failing_rows('''select count(*) as n from "NAMEorder" having count(*) > 100''', name="many"),
    failing_rows("select nothing from nowhere", severity="warn", name="broken"),
]

@expects(Order, allow=0.5, warn_above=0)
def has_even_number(order: Order) -> bool:
    return int(order.number) % 2 == 0

@expects(Label)
def has_whole_sizes(label: Label) -> bool:
    return type(label.size) is int and [type(each) for each in label.sizes] == [int, int] and label.size == 7

@expects(Order, severity="warn")
def raises(order: Order) -> bool:
    raise ValueError(order.note)
"""


@pytest.fixture
def stage(kafka: LocalKafka, postgres: Database, tmp_path: Path) -> Stage:
    """Give four orders of which one is deleted, two have the same note, and one label without its order."""
    stage = Stage(tmp_path, kafka.bootstrap, postgres.dsn)
    settings = tmp_path / "franca.toml"
    settings.write_text(f"{settings.read_text()}[store]\ndsn = {postgres.dsn!r}\n")
    personal = "note: Annotated[Pii[str], Unique(severity='warn')]"
    stage.desk.write(
        "    note: str\n    state: str\n\nclass Label", f"    {personal}\n    state: str\n\nclass Label"
    )
    module = tmp_path / "desk.py"
    text = module.read_text().replace("import Application,", "import Application, Link, Pii, Unique,")
    text = text.replace(
        "    number: Key[str]\n    text",
        "    number: Annotated[Key[str], Link(Order)]\n    size: int\n    sizes: list[int]\n    text",
    ).replace("return Label(", "return Label(size=7, sizes=[7, 8], ")
    module.write_text("from typing import Annotated\n" + text)
    (tmp_path / "quality.py").write_text(QUALITY.replace("NAME", stage.desk.name))
    stage.send(*(change("c", str(n), f"note{n // 3}", n) for n in range(1, 5)), change("d", "2", "note0", 9))
    stage.send(row("7", "no such state", "X", label="A"))
    stage.run()
    return stage


def outcomes(stage: Stage, wish: Wish, *, store: bool) -> list[Outcome]:
    """Carry tests out in this process."""
    project, places = stage.project(), stage.places()
    checks = chosen(project, wish)
    with place_of(project, places, checks, store=store) as place:
        tests = DataTests(project, place, wish, store=store)
        return [tests.carry_out(check) for check in checks]


def comparable(found: Sequence[Outcome]) -> list[Any]:
    """Return outcomes without what differs from one run and one place to the other."""
    return [
        (o.test, o.status, o.failing, o.rows, sorted(map(str, o.sample)))
        for o in found
        if o.kind != "freshness" and o.test != "raises"
    ]


def test_lake_and_store_give_the_same_answers(stage: Stage) -> None:
    """The deleted order counts nowhere; limits decide; a test that can't be carried out is an error."""
    order, label = stage.desk.order, stage.desk.label
    lake, store = outcomes(stage, Wish(), store=False), outcomes(stage, Wish(), store=True)
    assert comparable(lake) == comparable(store)
    status = {o.test: (o.status, o.failing) for o in lake}
    assert status[f"{order}.number.unique"] == ("pass", 0)
    assert status[f"{order}.note.unique"] == ("warn", 1)
    assert status[f"{label}.number.relationship"] == ("error", 1)
    rows = {o.test: o.rows for o in lake}
    assert (rows[f"{order}.note.unique"], rows[f"{order}.number.unique"]) == (3, None)
    assert status["large"] == ("error", 2)
    assert status["many"] == ("pass", 0)
    assert status["has_even_number"] == ("error", 2)
    assert status["has_whole_sizes"] == ("pass", 0)
    assert (status["broken"], status["raises"]) == (("error", 0), ("error", 1))
    for found in (lake, store):
        reasons = {o.test: (o.status, o.reason) for o in found if o.reason}
        assert reasons["old"][0] == "error"
        assert "allowed are 1 day" in reasons["old"][1]
        assert reasons["early"][0] == "warn"
        assert reasons["early"][1].endswith("allowed are 0:00:01")
        assert reasons["raises"][1] == "the function raised ValueError"


def test_personal_values_are_masked_unless_they_are_asked_for(stage: Stage) -> None:
    """Under whatever name a query gives them."""
    wish = Wish(selected=("large", "shouted", f"{stage.desk.order}.note"))
    for store in (False, True):
        hidden = [each for o in outcomes(stage, wish, store=store) for each in o.sample]
        assert {value for each in hidden for name, value in each.items() if name in ("note", "state")} == {
            MASK
        }
        shown = outcomes(stage, msgspec.structs.replace(wish, reveal=True), store=store)
        assert {"state": "NOTE0"} in [each for o in shown for each in o.sample]


def test_the_command_ends_with_one_where_something_is_wrong_and_keeps_the_rows(stage: Stage) -> None:
    """Warnings alone are no failure; kept rows are whole, and those of the last run only."""
    folder, order = stage.desk.folder, stage.desk.order
    assert "1 tests: 0 pass, 1 warn" in franca(folder, "test", "-s", "early")
    names = ("-s", "large", "-s", f"{order}.note.unique", "--store-failures", "--json")
    for place in ("--lake", "--store"):
        told = franca(folder, "test", place, *names, code=1)
        found = json.loads(told[told.index("{") :])
        assert (found["place"], len(found["tests"])) == (place[2:], 2)
        franca(folder, "test", place, *names, code=1)
    with psycopg.connect(stage.places().dsn) as connection:
        kept = connection.execute("SELECT test, row FROM franca.test_failures").fetchall()
    expected = [
        {"note": "note1", "_rows": 2},
        {"note": "note1", "number": "3"},
        {"note": "note1", "number": "4"},
    ]
    assert sorted((each for _, each in kept), key=str) == sorted(expected, key=str)
    table = DeltaTable(f"{stage.places().lake_url}/_failures").to_pyarrow_table()
    assert sorted(map(json.loads, table["row"].to_pylist()), key=str) == sorted(expected, key=str)


def test_what_is_no_test_is_told(stage: Stage) -> None:
    """A word that fits nothing, and a declaration that nobody would find."""
    with pytest.raises(UsageError, match="no such data test"):
        outcomes(stage, Wish(selected=("nothing",)), store=False)
    quality = stage.desk.folder / "quality.py"
    quality.write_text(quality.read_text() + "\nfreshness(Label, within=timedelta(days=1))\n")
    with pytest.raises(DefinitionError, match="is a data test that nobody finds"):
        stage.project()
