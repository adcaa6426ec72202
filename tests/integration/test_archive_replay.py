"""The archived past through corrected mappings, on a real Kafka: what would change, then exactly that."""

import json
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec
import pytest

from franca.config.endpoints import endpoints
from franca.config.telling import untold
from franca.errors import UsageError
from franca.local.kafka import LocalKafka
from franca.operations.past.changes import Report
from franca.operations.past.comparison import Comparison
from franca.operations.past.full_replay import FullReplay, Retold
from franca.operations.past.past import Past
from franca.operations.past.republish import Republish, Republished
from franca.pipeline.stop import Stop
from franca.topics.event_mark import read_mark
from tests.integration.crew import ROOT, wait_for
from tests.integration.desk import Desk, row
from tests.integration.test_replay import debezium, written

pytestmark = pytest.mark.services

UPPER = ("note=row.note", "note=upper(row.note)")


@contextmanager
def compared(
    desk: Desk, since: int | None = None, until: int | None = None
) -> Iterator[tuple[Comparison, Report]]:
    """Give the comparison of the desk's past with what stands, and what it reports."""
    project = desk.project()
    places = endpoints(project, desk.bootstrap, "")
    past = Past(desk.name, "row", since, until)
    with closing(Comparison(project, places, past, untold)) as comparison:
        yield comparison, comparison.run()


def report(desk: Desk, since: int | None = None, until: int | None = None) -> Report:
    """Return what a replay would change."""
    with compared(desk, since, until) as (_, found):
        return found


def publish(desk: Desk, *, deletes_orphans: bool = False, until: int | None = None) -> Republished:
    """Replay the past."""
    with compared(desk, until=until) as (comparison, _):
        return Republish(comparison, untold, deletes_orphans=deletes_orphans).run()


def counts(desk: Desk, found: Report) -> tuple[int, ...]:
    """Return how many orders are created, changed, deleted, the same."""
    changes = found.entities[desk.order]
    return changes.created, changes.changed, changes.deleted, changes.same


def franca(desk: Desk, *options: str, folder: Path | None = None) -> subprocess.Popen[str]:
    """Start a replay as a user does, whom nobody can be asked for."""
    command = [sys.executable, "-m", "franca", "-p", str(folder or desk.folder), "replay"]
    return subprocess.Popen(
        [*command, "--application", desk.name, *options],
        cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def made(folder: Path, kafka: LocalKafka, *rows: object) -> Desk:
    """Return a desk whose rows are archived and mapped."""
    desk = Desk(folder, kafka.bootstrap)
    desk.send(*rows)  # type: ignore[arg-type]  # rows
    desk.run("archive")
    desk.run()
    return desk


def shout(desk: Desk) -> None:
    """Correct the mapping: notes are in upper case, and one more state is known."""
    desk.write(*UPPER)
    module = desk.folder / "desk.py"
    module.write_text(
        module.read_text().replace("codes\n", "codes, upper\n").replace('"open"', '"open", "N": "new"')
    )


def test_it_is_shown_what_would_change_and_then_exactly_that_is_published(
    kafka: LocalKafka, tmp_path: Path
) -> None:
    """One event for each entity whose newest fact is another; then nothing is left to publish."""
    desk = made(
        tmp_path,
        kafka,
        row("1", "old"),
        row("2", "SAME"),
        row("3", "three", "N"),
        row("1", "new"),
        b"no json",
    )
    desk.send(row("4", "not archived"))
    desk.run()
    shout(desk)
    before = desk.notes()

    found = report(desk)

    assert counts(desk, found) == (1, 2, 0, 1)
    changes = found.entities[desk.order]
    assert changes.fields == {"note": 2}
    assert {each.key: each.fields for each in changes.samples["changed"]} == {
        "1": {"note": ("new", "NEW")},
        "4": {"note": ("not archived", "NOT ARCHIVED")},
    }
    assert (found.refused.now, found.refused.still, found.refused.no_longer) == (0, 1, 1)
    assert (found.records, found.version[:2], found.damages) == (6, "2-", [])
    assert desk.notes() == before

    done = publish(desk)

    assert (done.events, done.overtaken, done.letters, done.ended) == (3, 0, 1, 1)
    assert desk.notes() == [*before, "3 THREE", "1 NEW", "4 NOT AR"]
    assert [(letter.code, letter.tried) for letter in desk.listed()] == [("not-json", 2)]
    last = read_mark(desk.records(desk.order)[-1].value or b"")
    assert (last.id, last.mapping) == (f"{desk.raw}/0/5/order/c", found.version)
    assert counts(desk, report(desk)) == (0, 0, 0, 4)
    assert publish(desk) == Republished()


def test_what_is_newer_on_the_topic_stays_the_last(kafka: LocalKafka, tmp_path: Path) -> None:
    """The on-ramp goes on while the past is replayed, between the comparison and the publication too."""
    desk = made(tmp_path, kafka, row("1", "one"), row("2", "two"))
    shout(desk)

    with compared(desk) as (comparison, found):
        desk.send(row("1", "newer"))
        desk.run()
        done = Republish(comparison, untold).run()

    assert counts(desk, found) == (0, 2, 0, 0)
    assert (done.events, done.overtaken) == (1, 1)
    assert desk.notes() == ["1 one", "2 two", "1 NEWER", "2 TWO"]


def test_a_part_of_the_past_never_brings_back_what_was_deleted_later(
    kafka: LocalKafka, tmp_path: Path
) -> None:
    """What came behind the time that is replayed is looked at all the same."""
    one, two = {"no": "1", "note": "a", "state": "O", "label": ""}, row("2", "b")
    desk = made(tmp_path, kafka, debezium("c", "1", 1, None, one), debezium("c", "2", 2, None, two))
    between = desk.records(desk.raw)[-1].timestamp + 1
    wait_for(lambda: _now() > between, "the clock goes on")
    desk.send(debezium("d", "1", 3, one, None))
    desk.run("archive")
    desk.run()
    shout(desk)

    assert counts(desk, report(desk, until=between)) == (0, 1, 0, 0)
    assert counts(desk, report(desk, since=between)) == (0, 0, 0, 1)
    publish(desk, until=between)

    assert desk.notes() == ["1 a", "2 b", "1 None", "2 B"]


def _now() -> int:

    return int(time.time() * 1000)


def test_a_deleted_entity_and_one_that_comes_back_are_told(kafka: LocalKafka, tmp_path: Path) -> None:
    """A mapping that leaves rows out deletes nothing by itself; a row that vanishes for it does."""
    full = row("1", "one", label="A")
    bare = row("1", "one")
    desk = made(tmp_path, kafka, debezium("c", "1", 1, None, full), debezium("u", "1", 2, full, bare))
    assert [r.value is None for r in desk.records(desk.label)] == [False, False, True]
    desk.write(', where=lambda row: row.label != "")', ")")
    module = desk.folder / "desk.py"
    module.write_text(module.read_text().replace('"S": "sea"', '"S": "sea", "": "none"'))

    found = report(desk)

    assert (found.entities[desk.label].created, found.entities[desk.label].deleted) == (1, 0)
    publish(desk)
    assert msgspec.json.decode(desk.records(desk.label)[-1].value or b"")["data"]["text"] == "none"
    desk.write('row.label != ""', 'row.label == "A"')
    found = report(desk)
    assert found.entities[desk.label].deleted == 1
    publish(desk)
    assert [r.value is None for r in desk.records(desk.label)][-2:] == [False, True]


def test_orphans_are_shown_and_deleted_only_where_that_is_asked_for(
    kafka: LocalKafka, tmp_path: Path
) -> None:
    """A key expression that changed leaves the old keys behind; a refusal leaves what stands."""
    desk = made(tmp_path, kafka, row("1", "one"), row("2", "two"), row("3", "three"))
    desk.write("number=row.no, note", 'number="N" + row.no, note')
    module = desk.folder / "desk.py"
    module.write_text(
        module.read_text().replace("note=row.note", 'note=codes(row.note, {"one": "1", "two": "2"})')
    )

    found = report(desk)

    assert counts(desk, found) == (2, 0, 0, 0)
    assert (found.entities[desk.order].orphaned, found.refused.now) == (2, 1)
    done = publish(desk, deletes_orphans=True)

    assert (done.events, done.orphans, done.letters) == (4, 2, 1)
    ends = [msgspec.json.decode(r.value) for r in desk.records(desk.order)[-4:] if r.value]
    assert [(e["subject"], e["type"], e["id"], e["data"]) for e in ends] == [
        (key, f"{desk.order}.deleted", f"{desk.raw}/0/{at}/order/d", {"number": key})
        for at, key in enumerate("12")
    ]
    assert (report(desk).entities[desk.order].orphaned, report(desk).refused.still) == (0, 1)


def test_a_damaged_archive_is_named_and_the_rest_goes_on(kafka: LocalKafka, tmp_path: Path) -> None:
    """What is damaged or missing comes from the topic, where that still has it; the exit code says so."""
    desk = made(tmp_path, kafka, row("1", "one"))
    for number in (2, 3, 4):
        desk.send(row(str(number), f"n{number}"))
        desk.run("archive")
    desk.run()
    objects = sorted((desk.folder / ".franca" / "archive").rglob("*.zst"))
    assert len(objects) == 4
    objects[1].write_bytes(objects[1].read_bytes()[:-30])
    objects[2].unlink()
    shout(desk)

    process = franca(desk, "--publish", "--json")
    told = json.loads(process.communicate(timeout=120)[0])

    assert process.returncode == 1
    assert [(d["first"], d["last"], d["is_lost"]) for d in told["damages"]] == [(1, 3, False)]
    assert objects[1].name in told["damages"][0]["reason"]
    assert told["published"]["events"] == 4
    assert sorted(desk.notes()[-4:]) == ["1 ONE", "2 N2", "3 N3", "4 N4"]


def test_nobody_is_taken_by_surprise(kafka: LocalKafka, tmp_path: Path) -> None:
    """Where nobody can be asked nothing is published unless that is said; a diff changes nothing."""
    desk = made(tmp_path, kafka, row("1", "one"))
    shout(desk)

    asked, shown, wrong = franca(desk), franca(desk, "--diff"), franca(desk, "--table", "nope")
    texts = [process.communicate(timeout=120) for process in (asked, shown, wrong)]

    assert [process.returncode for process in (asked, shown, wrong)] == [2, 0, 2]
    assert "1 events would be published, and nobody can be asked" in texts[0][1]
    assert "no such table" in texts[2][1]
    assert "ONE" in texts[1][0]
    assert desk.notes() == ["1 one"]
    assert not (desk.folder / "contracts" / "mappings.json").read_text().count(",")


def retell(desk: Desk) -> Retold:
    """Publish every event of the past."""
    project = desk.project()
    places = endpoints(project, desk.bootstrap, "")
    return FullReplay(project, places, Past(desk.name), untold).run(Stop())


def test_every_event_is_published_once_where_that_is_asked_for(kafka: LocalKafka, tmp_path: Path) -> None:
    """For whoever wants the history in today's words; a second time there is nothing left."""
    desk = made(tmp_path, kafka, row("1", "old"), row("1", "new"), row("2", "two", "N"), b"no json")
    desk.send(row("3", "not archived"))
    desk.run()
    shout(desk)

    told = retell(desk)

    assert (told.records, told.events, told.letters, told.ended) == (5, 4, 1, 1)
    assert desk.notes()[3:] == ["1 OLD", "1 NEW", "2 TWO", "3 NOT AR"]
    assert [(letter.code, letter.tried, letter.mapping[:2]) for letter in desk.listed()] == [
        ("not-json", 2, "2-")
    ]
    again = retell(desk)
    assert (again.records, again.events, again.letters, again.ended, again.again) == (0, 0, 0, 0, 0)
    assert counts(desk, report(desk)) == (0, 0, 0, 3)


def test_a_raised_epoch_asks_since_when_it_holds(kafka: LocalKafka, tmp_path: Path) -> None:
    """What came before it would get today's epoch, and so overtake what is newer."""
    desk = made(tmp_path, kafka, row("1", "one"))
    with (desk.folder / "franca.toml").open("a") as settings:
        settings.write(f"[applications.{desk.name}]\nepoch = 2\n")
    shout(desk)

    with pytest.raises(UsageError, match="--since: the epoch was raised to 2"):
        report(desk)
    assert counts(desk, report(desk, since=_now())) == (0, 0, 0, 0)


@pytest.mark.slow
def test_two_replays_at_once_publish_each_event_once(kafka: LocalKafka, tmp_path: Path) -> None:
    """They are of two machines: a copy of the project stands for the second."""
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    many = 4_000
    desk = made(first, kafka, *(row(str(n), f"n{n}") for n in range(many)))
    shout(desk)
    shutil.copytree(first, second)

    both = [franca(desk, "--publish", "--json", folder=folder) for folder in (first, second)]
    texts = [process.communicate(timeout=240) for process in both]

    assert [process.returncode for process in both] == [0, 0], texts
    assert sum(json.loads(out)["published"]["events"] for out, _ in texts) == many
    ids = Counter(read_mark(r.value).id for r in desk.records(desk.order)[many:] if r.value)
    assert ids == {f"{desk.raw}/0/{n}/order/c": 1 for n in range(many)}


def test_a_table_is_replayed_alone_where_it_shares_its_topic(kafka: LocalKafka, tmp_path: Path) -> None:
    """Messages of the other tables are theirs."""
    desk = Desk(tmp_path, kafka.bootstrap)
    module = desk.folder / "desk.py"
    text = module.read_text().replace("(row: Row) -> Order", "(row: Sheet) -> Order")
    columns = "    no: Key[str]\n    note: str\n    state: str\n"
    sheet = f'class Sheet(Table, name="sheet", topic="{desk.raw}"):\n{columns}'
    module.write_text(text.replace("@app.maps\ndef order", f"{sheet}\n@app.maps\ndef order"))
    change = debezium("c", "1", 1, None, row("1", "one", label="A"))
    source = change["source"]
    assert isinstance(source, dict)
    desk.send(change, {**change, "source": {**source, "table": "sheet", "lsn": 2}})
    desk.run("archive")
    desk.run()
    module.write_text(
        module.read_text().replace('"O": "open"', '"O": "OPEN"').replace('"A": "air"', '"A": "AIR"')
    )

    with compared(desk) as (comparison, found):
        done = Republish(comparison, untold).run()

    assert (list(found.entities), found.entities[desk.label].changed, done.events) == ([desk.label], 1, 1)


@pytest.mark.slow
@pytest.mark.soak
def test_a_full_replay_that_was_killed_goes_on_and_leaves_the_newest_last(
    kafka: LocalKafka, tmp_path: Path
) -> None:
    """Every event once; what the on-ramp wrote meanwhile is said again behind what is older."""
    many = 60_000
    desk = made(tmp_path, kafka, *(row(str(n % 1000), f"n{n}") for n in range(many)))
    shout(desk)

    _kill(franca(desk, "--all", "--publish"), lambda: written(desk) > many + 1_000)
    desk.send(row("999", "newest"))
    desk.run()
    told = retell(desk)

    marks = [read_mark(r.value) for r in desk.records(desk.order)[many:] if r.value]
    ids = Counter(mark.id for mark in marks)
    newest = f"{desk.raw}/0/{many}/order/c"
    assert told.again == 1
    assert ids.pop(newest) == 2
    assert marks[-1].id == newest
    assert ids == {f"{desk.raw}/0/{n}/order/c": 1 for n in range(many)}
    replayed = [int(mark.id.split("/")[2]) for mark in marks if mark.id != newest]
    assert replayed == sorted(replayed)


@pytest.mark.slow
@pytest.mark.soak
def test_a_replay_that_was_killed_publishes_what_is_left(kafka: LocalKafka, tmp_path: Path) -> None:
    """At whatever moment it ends, each event comes once in the end, and two at once do not double any."""
    many = 45_000
    desk = made(tmp_path, kafka, *(row(str(n), f"n{n}") for n in range(many)))
    shout(desk)

    _kill(franca(desk, "--publish"), lambda: written(desk) > many + 1_000)
    _kill(franca(desk, "--publish"), lambda: written(desk) > many + 24_000)
    publish(desk)

    ids = Counter(read_mark(r.value).id for r in desk.records(desk.order)[many:] if r.value)
    assert ids == {f"{desk.raw}/0/{n}/order/c": 1 for n in range(many)}
    assert counts(desk, report(desk)) == (0, 0, 0, many)


def _kill(process: subprocess.Popen[str], condition: Callable[[], bool]) -> None:
    wait_for(lambda: process.poll() is not None or condition(), "it writes")
    process.kill()
    process.communicate(timeout=30)
