"""One table taken again while changes flow: what was read earlier never overtakes what is newer."""

from pathlib import Path

import msgspec
import pytest

from franca.errors import DefinitionError
from franca.local.kafka import LocalKafka
from franca.operations.resnapshot import Resnapshot
from franca.operations.seek import Only, Seeker
from tests.conftest import Database
from tests.integration.crew import make_topic
from tests.integration.desk import row
from tests.integration.stage import Stage

pytestmark = pytest.mark.services


def change(op: str, number: str, note: str, lsn: int, snapshot: str = "false") -> dict[str, object]:
    """Return a change as Debezium captures it from PostgreSQL."""
    source = {"connector": "postgresql", "ts_ms": 1_700_000_000_000 + lsn, "lsn": lsn, "table": "row"}
    source["snapshot"] = snapshot
    image = row(number, note)
    before, after = (image, None) if op == "d" else (None, image)
    return {"before": before, "after": after, "source": source, "op": op}


def again(stage: Stage) -> int:
    """Take the table again from its topic, and return how many records that are."""
    wanted = Resnapshot(stage.project(), f"{stage.desk.name}.row")
    seeker = Seeker(stage.project(), stage.places(), wanted.pipeline)
    plan = seeker.plan("earliest", Only(wanted.topics(stage.desk.cluster)))
    seeker.carry_out(plan)
    return plan.again


@pytest.fixture
def stage(kafka: LocalKafka, postgres: Database, tmp_path: Path) -> Stage:
    """Give a project on the session's services."""
    return Stage(tmp_path, kafka.bootstrap, postgres.dsn)


def test_rows_of_an_incremental_snapshot_never_overtake_changes(stage: Stage) -> None:
    """Debezium reads in pieces between the changes; a row read before a change has the smaller position."""
    stage.send(change("c", "1", "one", 10), change("c", "2", "two", 11), change("c", "3", "three", 12))
    stage.send(change("u", "1", "newer", 30), change("d", "2", "two", 31))
    stage.send(
        change("r", "1", "stale", 20, "incremental"),
        change("r", "2", "gone", 20, "incremental"),
        change("r", "3", "again", 40, "incremental"),
        change("r", "4", "found", 40, "incremental"),
    )
    stage.send(change("u", "4", "last", 41))
    stage.run()

    expected = [("1", "newer"), ("3", "again"), ("4", "last")]
    assert stage.notes() == (expected, expected)


def test_a_table_taken_again_from_its_topic_ends_where_it_was(stage: Stage) -> None:
    """All is read again, changes come meanwhile, and the newest of each key counts; events are repeated."""
    stage.send(change("c", "1", "one", 10), change("c", "2", "two", 11), change("d", "2", "two", 12))
    stage.run()
    before = stage.events()

    assert again(stage) == 3
    stage.send(change("u", "1", "newer", 20), change("c", "3", "three", 21))
    stage.run()

    expected = [("1", "newer"), ("3", "three")]
    assert stage.notes() == (expected, expected)
    assert stage.events() == 2 * before + 2
    newest = {}
    for record in stage.desk.records(stage.desk.order):
        newest[record.key] = record.value and msgspec.json.decode(record.value)["data"].get("note")
    assert newest == {b"1": "newer", b"2": None, b"3": "three"}


def test_a_table_without_positions_taken_again_ends_where_it_was(stage: Stage) -> None:
    """Where the order of arrival is the sequence, a record read again has the sequence that it had."""
    stage.send(row("1", "one"), row("1", "two"), row("2", "x"))
    stage.run()
    again(stage)
    stage.send(row("2", "y"))
    stage.run()
    assert stage.notes() == ([("1", "two"), ("2", "y")],) * 2


def test_a_signal_is_what_debezium_reads(stage: Stage) -> None:
    """The key is the connector's topic.prefix; the table is called as Debezium calls it."""
    desk = stage.desk
    signals = make_topic(desk.bootstrap, 1)
    settings = desk.folder / "franca.toml"
    section = f"[applications.{desk.name}]\nsignal_topic = {signals!r}\ntopic_prefix = 'raw'\n"
    settings.write_text(settings.read_text() + section)
    wanted = Resnapshot(desk.project(), f"{desk.name}.row")
    assert wanted.can_signal

    wanted.send(desk.cluster, wanted.signal("no > 5"))

    (record,) = desk.records(signals)
    sent = msgspec.json.decode(record.value or b"")
    collection = f"{desk.name}.row"
    assert (record.key, sent.pop("type"), bool(sent.pop("id"))) == (b"raw", "execute-snapshot", True)
    conditions = [{"data-collection": collection, "filter": "no > 5"}]
    data = {"data-collections": [collection], "type": "INCREMENTAL", "additional-conditions": conditions}
    assert sent == {"data": data}


def test_what_a_signal_lacks_is_told(stage: Stage) -> None:
    """Each missing setting by its name."""
    desk, settings = stage.desk, stage.desk.folder / "franca.toml"
    table, before = f"{desk.name}.row", settings.read_text()
    with pytest.raises(DefinitionError, match=f"applications.{desk.name}.signal_topic"):
        Resnapshot(desk.project(), table).signal()
    settings.write_text(f"{before}[applications.{desk.name}]\nsignal_topic = 'nowhere'\n")
    with pytest.raises(DefinitionError, match="topic_prefix"):
        Resnapshot(desk.project(), table).signal()
    settings.write_text(settings.read_text() + "topic_prefix = 'other'\n")
    with pytest.raises(DefinitionError, match="collection: franca does not know what Debezium calls"):
        Resnapshot(desk.project(), table).signal()
    settings.write_text(f"{settings.read_text()}[applications.{desk.name}.tables.row]\ncollection = 'a.b'\n")
    wanted = Resnapshot(desk.project(), table)
    with pytest.raises(DefinitionError, match="no such topic: 'nowhere'"):
        wanted.send(desk.cluster, wanted.signal())
