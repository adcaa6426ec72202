"""Remembered rows on a real Kafka: they survive kills, move with their partitions, and are rebuilt."""

import json
import random
import shutil
import signal
import subprocess
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer

from franca.local.kafka import LocalKafka
from tests.command import forked
from tests.integration.crew import Crew, crew, grow, make_again, wait_for
from tests.integration.onramp_worker import Job

pytestmark = [pytest.mark.services, pytest.mark.slow]

PARTITIONS = 4
ROWS = 300

MODEL = """
from franca import Application, Entity, Key, Table, when


class Member(Entity, name="{name}_member"):
    email: Key[str]
    name: str


app = Application("{name}")


class Cust(Table):
    num: Key[int]
    name: str
    status: str
    email: str


@app.maps(Cust, where=lambda cust: cust.status == "A")
def member(cust: Cust) -> Member:
    return Member(email=cust.email, name=cust.name)
"""

SETTINGS = """
[topics]
partitions = 4

[run]
session_seconds = 6

[pipelines."{name}.on-ramp"]
batch_records = 40
"""


class Legacy:
    """The rows as they are, and messages about them that tell as little as a capture may."""

    def __init__(self, bootstrap: str, topic: str) -> None:
        self._producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 5})
        self._topic = topic
        self._chance = random.Random(11)
        self._lsn = 0
        self.rows: dict[int, dict[str, object]] = {}

    def change(self, count: int) -> None:
        """Make changes at random: updates hold what has changed alone, deletes nothing but the key."""
        for _ in range(count):
            num = self._chance.randrange(ROWS)
            row = self.rows.get(num)
            if row is None:
                row = {"num": num, "name": f"n{num}", "status": "A", "email": f"{num}@{self._lsn}"}
                self.rows[num] = row
                self._send(num, "c", row)
            elif self._chance.random() < 0.15:
                del self.rows[num]
                self._send(num, "d", None)
            else:
                name = self._chance.choice(("name", "status", "email"))
                values = {"name": f"n{self._lsn}", "email": f"{num}@{self._lsn}"}
                row[name] = values.get(name, self._chance.choice("AC"))
                self._send(num, "u", {"num": num, name: row[name]})
        assert self._producer.flush(60) == 0

    def send(self, num: int, op: str, after: dict[str, object] | None) -> None:
        """Send one change."""
        self._send(num, op, after)
        assert self._producer.flush(60) == 0

    def members(self) -> dict[str, str]:
        """Return who is in force, by address."""
        return {str(row["email"]): str(row["name"]) for row in self.rows.values() if row["status"] == "A"}

    def _send(self, num: int, op: str, after: dict[str, object] | None) -> None:
        self._lsn += 1
        source = {"connector": "postgresql", "ts_ms": 5, "lsn": self._lsn, "table": "cust"}
        value = {"before": None, "after": after, "source": source, "op": op}
        key = json.dumps({"num": num}).encode()
        self._producer.produce(self._topic, json.dumps(value).encode(), key, num % PARTITIONS)


class Subscriber:
    """What a reader of the entity's topic knows: the newest of each key, and what problems there were."""

    def __init__(self, bootstrap: str, name: str) -> None:
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap,
                "group.id": uuid.uuid4().hex,
                "auto.offset.reset": "earliest",
                "isolation.level": "read_committed",
                "topic.metadata.refresh.interval.ms": 500,  # a broker may not know yet what was just made
            }
        )
        self._consumer.subscribe([f"{name}_member", f"{name}.dead-letters"])
        self._newest: dict[str, tuple[str, str | None]] = {}
        self.ids: list[str] = []
        self.letters: list[str] = []

    def members(self) -> dict[str, str]:
        """Read on; return the names of the entities that are there, by key."""
        for message in self._consumer.consume(5_000, 0.3):
            if message.error() is None and message.value() is not None:
                self._take(json.loads(message.value() or b""))
        return {key: name for key, (_, name) in self._newest.items() if name is not None}

    def _take(self, event: dict[str, Any]) -> None:
        if "reason" in event:
            self.letters.append(event["reason"])
            return
        self.ids.append(event["id"])
        rank, _ = self._newest.get(event["subject"], ("", None))
        if event["sequence"] >= rank:
            state = event["data"]["name"] if event["type"].endswith("changed") else None
            self._newest[event["subject"]] = (event["sequence"], state)

    def close(self) -> None:
        """Leave."""
        self._consumer.close()


@dataclass
class Town:
    """A project whose on-ramp remembers rows, its source and a reader."""

    name: str
    folder: Path
    legacy: Legacy
    reader: Subscriber
    crew: Crew[Job]

    def settle(self) -> None:
        """Wait until the reader knows what the source holds; nothing was refused, and nothing came twice."""
        wait_for(
            lambda: self.reader.members() == self.legacy.members(), "the reader knows what the source holds"
        )
        assert not self.reader.letters
        assert len(set(self.reader.ids)) == len(self.reader.ids)


@pytest.fixture
def town(kafka: LocalKafka, tmp_path: Path) -> Iterator[Town]:
    """Give a town of its own names, nothing running yet."""
    name = f"t{uuid.uuid4().hex[:8]}"
    (tmp_path / "model.py").write_text(MODEL.replace("{name}", name))
    (tmp_path / "franca.toml").write_text(SETTINGS.replace("{name}", name))
    for topic in (f"raw.{name}.cust", f"{name}_member", f"{name}.dead-letters"):
        make_again(kafka.bootstrap, topic, PARTITIONS)
    reader = Subscriber(kafka.bootstrap, name)
    job = Job(kafka.bootstrap, str(tmp_path), f"{name}.on-ramp")
    with crew(job, "tests.integration.onramp_worker") as workers:
        yield Town(name, tmp_path, Legacy(kafka.bootstrap, f"raw.{name}.cust"), reader, workers)
    reader.close()


def test_killed_workers_remember(town: Town) -> None:
    """Two workers are killed and started again at random, while changes tell only what has changed."""
    chance = random.Random(3)
    town.crew.start()
    town.crew.start()
    for _ in range(10):
        town.legacy.change(400)
        deadline = time.monotonic() + chance.random() * 1.5
        while time.monotonic() < deadline:
            town.reader.members()
        chance.choice([w for w in town.crew.workers if w.process.poll() is None]).kill()
        town.crew.start()
    town.settle()


def test_remembered_rows_move_with_their_partitions(town: Town) -> None:
    """A worker takes over from one that leaves, from one that is frozen, and gives back to that."""
    first = town.crew.start()
    town.legacy.change(1_000)
    town.settle()
    second = town.crew.start()
    wait_for(lambda: len(second.progress().lag) == PARTITIONS // 2, "the second has its share")
    town.legacy.change(1_000)
    town.settle()
    first.send(signal.SIGSTOP)
    town.legacy.change(1_000)
    wait_for(lambda: len(second.progress().lag) == PARTITIONS, "the second has everything")
    town.settle()
    first.send(signal.SIGCONT)
    wait_for(lambda: len(first.progress().lag) == PARTITIONS // 2, "the first has its share again")
    town.legacy.change(1_000)
    town.settle()
    assert second.stop() == 0
    wait_for(lambda: len(first.progress().lag) == PARTITIONS, "the first has everything")
    town.legacy.change(1_000)
    town.settle()
    assert first.stop() == 0


def test_a_lost_cache_is_rebuilt_from_the_topic(town: Town) -> None:
    """The folder is gone, or holds rubbish; what the rows were is known all the same."""
    for damage in (shutil.rmtree, spoil):
        worker = town.crew.start()
        town.legacy.change(1_000)
        town.settle()
        assert worker.stop() == 0
        (cache,) = (town.folder / ".franca" / "rows").iterdir()
        damage(cache)
    town.crew.start()
    town.legacy.change(1_000)
    town.settle()


def test_a_letter_is_replayed_with_what_its_row_was(town: Town, kafka: LocalKafka) -> None:
    """The update that was refused held one column; corrected, it gives the new entity and ends the old."""
    settings = town.folder / "franca.toml"
    settings.write_text(f'{settings.read_text()}[kafka]\nbootstrap = "{kafka.bootstrap}"\n')
    worker = town.crew.start()
    town.legacy.send(1, "c", {"num": 1, "name": "Ada", "status": "A", "email": "a@x"})
    town.legacy.send(1, "u", {"num": 1, "email": ""})
    wait_for(lambda: town.reader.members() == {"a@x": "Ada"} and bool(town.reader.letters), "one is refused")
    assert worker.stop() == 0
    module = town.folder / "model.py"
    module.write_text(
        module.read_text().replace("email=cust.email", 'email=when(cust.email == "", "none", cust.email)')
    )
    command = forked("dead-letters", "replay")
    done = subprocess.run(command, cwd=town.folder, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr + done.stdout
    wait_for(lambda: town.reader.members() == {"none": "Ada"}, "the new entity is there and the old one gone")


def test_what_was_remembered_before_others_were_trusted_is_not_recalled(
    town: Town, kafka: LocalKafka
) -> None:
    """A table promised whole rows for a while: what it knew is old once a change has passed."""
    settings = town.folder / "franca.toml"
    remembering = settings.read_text()
    trusting = f'{remembering}\n[applications.{town.name}.tables.cust]\ncapture = "full"\n'
    worker = town.crew.start()
    town.legacy.send(1, "c", {"num": 1, "name": "Ava", "status": "A", "email": "a@x"})
    wait_for(lambda: town.reader.members() == {"a@x": "Ava"}, "the row is remembered")
    assert worker.stop() == 0
    settings.write_text(trusting)
    grow(kafka.bootstrap, f"raw.{town.name}.cust", PARTITIONS + 1)
    worker = town.crew.start()
    read = "it has read the new partition, and no change"
    wait_for(lambda: len(worker.progress().positions) == 1, read, seconds=180)
    assert worker.stop() == 0
    settings.write_text(remembering)
    worker = town.crew.start()
    town.legacy.send(1, "u", {"num": 1, "name": "Ada"})
    wait_for(lambda: town.reader.members() == {"a@x": "Ada"}, "the row is remembered still")
    assert worker.stop() == 0
    settings.write_text(trusting)
    worker = town.crew.start()
    town.legacy.send(1, "r", {"num": 1, "name": "Eve", "status": "A", "email": "a@x"})
    wait_for(lambda: town.reader.members() == {"a@x": "Eve"}, "a change passes that nobody remembers")
    assert worker.stop() == 0
    settings.write_text(remembering)
    town.crew.start()

    town.legacy.send(1, "u", {"num": 1, "email": "b@x"})

    wait_for(lambda: bool(town.reader.members()) and bool(town.reader.letters), "what is not known is told")
    assert town.reader.members() == {"a@x": "Eve"}
    town.legacy.send(1, "r", {"num": 1, "name": "Eve", "status": "A", "email": "a@x"})
    town.legacy.send(1, "u", {"num": 1, "name": "Eva"})
    wait_for(lambda: town.reader.members() == {"a@x": "Eva"}, "it remembers again")


def spoil(folder: Path) -> None:
    """Overwrite every file of a folder."""
    for path in folder.iterdir():
        path.write_bytes(b"rubbish")
