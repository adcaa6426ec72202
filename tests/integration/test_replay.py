"""Replay on a real Kafka: each event once, none behind a newer one, whoever else is at work."""

import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from franca.config.endpoints import endpoints
from franca.errors import UnavailableError
from franca.local.kafka import LocalKafka
from franca.operations.letters.again import Again
from franca.operations.letters.filter import Filter
from franca.operations.letters.replay import Replay
from franca.pipeline.slot import Slot
from franca.sinks.kafka import KafkaSink, KafkaSinkSettings
from franca.topics.admin import ends
from franca.topics.event_mark import read_mark
from franca.types import Batch, Message, Partition, Positions
from tests.integration.crew import ROOT, wait_for
from tests.integration.desk import Desk, row
from tests.integration.whole.legacy import send

pytestmark = pytest.mark.services


class Fenced:
    """A sink that answers False so many times, as one does whose transaction belongs to somebody else."""

    def __init__(self, answers: int) -> None:
        self.answers = answers
        self.items: list[Message] = []

    def open(self) -> None:
        """Nothing to connect."""

    def positions(self, partitions: Sequence[Partition]) -> Positions:
        """Return nothing."""
        return dict.fromkeys(partitions[:0], 0)

    def write(self, batch: Batch[Message]) -> bool:
        """Keep the items where it is not fenced."""
        self.answers -= 1
        if self.answers >= 0:
            return False
        self.items += batch.items
        return True

    def close(self) -> None:
        """Nothing to release."""


@contextmanager
def replay_of(desk: Desk) -> Iterator[Replay]:
    """Give a replay of all letters."""
    project, letters = desk.project(), desk.letters()
    with closing(Again(project, endpoints(project, desk.bootstrap, ""))) as again:
        yield Replay(desk.cluster, again, lambda: letters.read(Filter()))


def ids(desk: Desk, topic: str) -> Counter[str]:
    """Return how often each event is on a topic."""
    return Counter(read_mark(record.value).id for record in desk.records(topic) if record.value)


def command(folder: Path, *options: str) -> subprocess.Popen[bytes]:
    """Start a replay as a user does."""
    arguments = [sys.executable, "-m", "franca", "-p", str(folder), "dead-letters", "replay", *options]
    return subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE)


def kill(process: subprocess.Popen[bytes], condition: Callable[[], bool]) -> None:
    """End a process the hard way once something holds, or when it has ended by itself."""
    wait_for(lambda: process.poll() is not None or condition(), "it writes")
    process.kill()
    process.communicate(timeout=30)


def written(desk: Desk) -> int:
    """Return how many records, and ends of transactions, stand on the orders' topic."""
    return sum(ends(desk.cluster.admin(), [desk.order]).values())


def debezium(
    op: str, number: str, lsn: int, before: object = None, after: object = None
) -> dict[str, object]:
    """Return a captured change of the desk's table."""
    source = {"connector": "postgresql", "ts_ms": 1_700_000_000_000, "lsn": lsn, "table": "row"}
    return {"before": before, "after": after, "source": source, "op": op}


def test_a_sink_that_refuses_is_asked_again_and_then_it_is_told(kafka: LocalKafka, tmp_path: Path) -> None:
    """False is no success: the letters are read and mapped again, and in the end the command fails."""
    desk = Desk(tmp_path, kafka.bootstrap)
    desk.send(row("1", "one", "N"))
    desk.run()
    desk.know_state("N")

    patient = Fenced(2)
    with replay_of(desk) as replay:
        result = replay.publish(patient)

    assert (result.replayed, result.messages) == (1, 1)
    assert [message[0] for message in patient.items] == [desk.order, desk.dead]
    with replay_of(desk) as replay, pytest.raises(UnavailableError, match="others wrote the same keys"):
        replay.publish(Fenced(100), tries=2)
    assert len(desk.listed()) == 1


def test_two_replays_at_once_publish_each_event_once(kafka: LocalKafka, tmp_path: Path) -> None:
    """The later one ends the earlier one's transaction, and that one looks at what is left.

    They are of two machines: a copy of the project stands for the second.
    """
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    desk = Desk(first, kafka.bootstrap)
    desk.send(*(row(str(n), f"n{n}", "N") for n in range(3_000)))
    desk.run()
    desk.know_state("N")

    shutil.copytree(first, second)
    both = [command(folder, "--json") for folder in (first, second)]
    results = [json.loads(process.communicate(timeout=120)[0]) for process in both]

    assert [process.returncode for process in both] == [0, 0]
    assert sum(result["replayed"] for result in results) == 3_000
    assert ids(desk, desk.order) == {f"{desk.raw}/0/{n}/order/c": 1 for n in range(3_000)}
    assert desk.listed() == []


def test_a_second_replay_of_a_project_is_told_of_the_first(kafka: LocalKafka, tmp_path: Path) -> None:
    """On one machine they do not get into each other's way."""
    desk = Desk(tmp_path, kafka.bootstrap)
    slot = Slot(tmp_path / ".franca" / "slots", "replay")

    with pytest.raises(UnavailableError, match="another replay of this project is running"):
        desk.replay()
    slot.close()

    assert desk.replay().replayed == 0


def test_a_letter_tells_the_stage_at_which_it_is_refused_now(kafka: LocalKafka, tmp_path: Path) -> None:
    """What could not be decoded and can't be mapped now says so; all its mappings' events come in the end."""
    desk = Desk(tmp_path, kafka.bootstrap)
    desk.send({**row("1", "one", label="A"), "state": 7})
    desk.run()
    assert [(each.stage, each.code) for each in desk.listed()] == [("decode", "wrong-type")]

    desk.write("    state: str\n    label: str\n\n@app", "    state: int\n    label: str\n\n@app")
    module = (tmp_path / "desk.py").read_text().replace('STATES = {"O"', "STATES = {1")
    (tmp_path / "desk.py").write_text(module)
    assert desk.replay().replayed == 0
    (letter,) = desk.listed()
    assert (letter.stage, letter.code, letter.path) == ("map", "unknown-code", "state")
    assert (letter.id, letter.tried) == (f"{desk.raw}/0/0/decode", 2)

    (tmp_path / "desk.py").write_text(module.replace("STATES = {1", "STATES = {7"))
    result = desk.replay()

    assert (result.replayed, result.messages, desk.listed()) == (1, 2, [])


def test_an_overtaken_event_is_left_out(kafka: LocalKafka, tmp_path: Path) -> None:
    """After compaction the newest message of a key is the entity: an old one must not come last."""
    desk = Desk(tmp_path, kafka.bootstrap)
    desk.send(row("1", "old", "N"), row("1", "newer"), row("2", "older", "N"), row("2", "later", "N"))
    desk.send(row("3", "gone", "N"), row("2", "no label", label="X"))
    desk.run()
    desk.know_state("N")

    result = desk.replay()

    assert (result.replayed, result.messages, result.overtaken) == (4, 1, 3)
    assert desk.notes() == ["1 newer", "2 no lab", "3 gone"]
    assert [letter.refused_by for letter in desk.listed()] == ["label"]


def test_letters_come_in_the_order_of_their_events(kafka: LocalKafka, tmp_path: Path) -> None:
    """The topic of dead letters has them in any order."""
    desk = Desk(tmp_path, kafka.bootstrap)
    desk.send(*(row("1", f"n{n}", "N") for n in range(20)))
    desk.run()
    letters = [(r.topic, r.key, r.value) for r in desk.records(desk.dead)]
    send(desk.bootstrap, [(topic, key, None) for topic, key, _ in letters])
    send(desk.bootstrap, letters[::-1])
    desk.know_state("N")

    assert desk.replay().messages == 20
    assert desk.notes() == [f"1 n{n}" for n in range(20)]


def test_a_replayed_delete_is_of_its_own_mapping_only(kafka: LocalKafka, tmp_path: Path) -> None:
    """A tombstone without its event would take an entity from the stores that read the other topic."""
    desk = Desk(tmp_path, kafka.bootstrap)
    with (desk.folder / "franca.toml").open("a") as settings:
        settings.write(f'\n[applications.{desk.name}]\ncapture = "full"\n')
    full = row("1", "one", label="A")
    desk.send(debezium("c", "1", 1, None, full))
    desk.send(debezium("d", "1", 2, {"no": "1", "note": "one", "state": "O"}))
    desk.run()
    (letter,) = desk.listed()
    assert letter.refused_by == "label"
    desk.write('Row, where=lambda row: row.label != ""', "")

    assert desk.replay().messages == 2

    assert [r.value is None for r in desk.records(desk.order)] == [False, False, True]
    assert [r.value is None for r in desk.records(desk.label)] == [False, False, True]


def test_a_letter_that_fails_again_has_its_new_reason(kafka: LocalKafka, tmp_path: Path) -> None:
    """It keeps its id, and says how often it was tried; a rehearsal is no try."""
    desk = Desk(tmp_path, kafka.bootstrap)
    desk.send(row("1", "one", "N"))
    desk.run()
    (before,) = desk.listed()
    assert before.tried == 1
    desk.letters().replay(Filter(), dry_run=True)
    assert desk.replay().failed == [(before.id, before.reason)]
    assert [letter.tried for letter in desk.listed()] == [2]
    desk.know_state("M")

    result = desk.replay()

    (after,) = desk.listed()
    assert after.id == before.id
    assert result.failed == [(after.id, after.reason)]
    assert "'M'" in after.reason
    assert after.record == before.record
    assert after.mapping.startswith("2-")
    assert after.tried == 3


def test_a_letter_whose_mapping_is_gone_stays(kafka: LocalKafka, tmp_path: Path) -> None:
    """Nobody can say what the record means; it must not end as if it had given its event."""
    desk = Desk(tmp_path, kafka.bootstrap)
    desk.send(row("1", "one", "N"))
    desk.run()
    desk.write("def order(", "def purchase(")

    assert "the mapping 'order' is gone" in desk.replay().failed[0][1]
    assert [(letter.tried, letter.code) for letter in desk.listed()] == [(2, "unknown-code")]


def test_an_event_that_overtakes_between_look_and_commit_is_seen(kafka: LocalKafka, tmp_path: Path) -> None:
    """The on-ramp writes while letters are replayed: what came in between counts too."""
    desk = Desk(tmp_path, kafka.bootstrap)
    desk.send(row("1", "old", "N"))
    desk.run()
    desk.know_state("N")
    answers: list[bool] = []

    class Late(KafkaSink):
        """Lets the on-ramp write just before its first batch."""

        def write(self, batch: Batch[Message]) -> bool:
            """Write a newer event first."""
            if not answers:
                desk.send(row("1", "newer"))
                desk.run()
            return super().write(batch)

    settings = KafkaSinkSettings(desk.cluster, "franca.replay", f"{desk.name}.replay")
    with replay_of(desk) as replay:

        def confirm() -> bool:
            answers.append(replay.confirm())
            return answers[-1]

        result = replay.publish(Late(settings, confirm=confirm))

    assert answers == [False, True]
    assert (result.replayed, result.messages, result.overtaken) == (1, 0, 1)
    assert desk.notes() == ["1 newer"]


@pytest.mark.soak
@pytest.mark.slow
def test_a_replay_that_was_killed_is_begun_again_without_doubles(kafka: LocalKafka, tmp_path: Path) -> None:
    """What it had committed is done, what it had not is undone, at whatever moment it ends."""
    desk = Desk(tmp_path, kafka.bootstrap)
    desk.send(*(row(str(n), f"n{n}", "N") for n in range(6_000)))
    desk.run()
    desk.know_state("N")

    kill(command(tmp_path), lambda: written(desk) > 0)
    kill(command(tmp_path), lambda: written(desk) >= 2_500)
    desk.replay()

    assert ids(desk, desk.order) == {f"{desk.raw}/0/{n}/order/c": 1 for n in range(6_000)}
    assert desk.listed() == []
