"""Workers as processes, and a look at topics that shares no code with franca."""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Generic, TypeVar

import msgspec
from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient, NewPartitions, NewTopic

from franca.pipeline.progress import Progress
from tests.integration.copy_worker import Job
from tests.integration.onramp_worker import Job as OnRampJob

J = TypeVar("J", Job, OnRampJob)

ROOT = Path(__file__).parents[2]


def wait_for(condition: Callable[[], bool], what: str, seconds: float = 90.0) -> None:
    """Wait until it holds, or fail."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not in {seconds} s: {what}"
        time.sleep(0.05)


def make_topic(bootstrap: str, partitions: int = 6, **config: str) -> str:
    """Create a topic with a name of its own, and return the name."""
    name = f"t{uuid.uuid4().hex[:12]}"
    make_again(bootstrap, name, partitions, **config)
    return name


def make_again(bootstrap: str, name: str, partitions: int = 6, **config: str) -> None:
    """Create the topic of this name."""
    topic = NewTopic(name, num_partitions=partitions, replication_factor=1, config=dict(config))
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for future in admin.create_topics([topic]).values():
        future.result(30)


def grow(bootstrap: str, name: str, partitions: int) -> None:
    """Give the topic so many partitions."""
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for future in admin.create_partitions([NewPartitions(name, partitions)]).values():
        future.result(30)


def delete_topic(bootstrap: str, name: str) -> None:
    """Delete the topic of this name, and wait until the cluster has."""
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for future in admin.delete_topics([name]).values():
        future.result(30)
    wait_for(lambda: name not in admin.list_topics(timeout=10).topics, "the topic is deleted")


def fill(bootstrap: str, topic: str, start: int, stop: int) -> None:
    """Produce numbered records, spread over the partitions."""
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 5})
    for number in range(start, stop):
        producer.produce(topic, str(number).encode(), str(number).encode())
    assert producer.flush(60) == 0


class Reader:
    """Reads a topic's committed messages from its beginning."""

    def __init__(self, bootstrap: str, topic: str) -> None:
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap,
                "group.id": uuid.uuid4().hex,
                "auto.offset.reset": "earliest",
                "enable.auto.commit": False,
                "isolation.level": "read_committed",
                "topic.metadata.refresh.interval.ms": 500,  # a broker may not know yet what was just made
            }
        )
        self._consumer.subscribe([topic])
        self.values: list[bytes] = []

    def has(self, number: int) -> bool:
        """Read on, and tell whether there were at least so many messages."""
        for message in self._consumer.consume(5_000, 0.3):
            if message.error() is None:
                self.values.append(message.value() or b"")
        return len(self.values) >= number

    def settle(self) -> list[bytes]:
        """Read until nothing more came for a while, and return everything read."""
        quiet_since = time.monotonic()
        while time.monotonic() - quiet_since < 3.0:
            before = len(self.values)
            self.has(0)
            if len(self.values) > before:
                quiet_since = time.monotonic()
        return self.values

    def close(self) -> None:
        """Leave."""
        self._consumer.close()


class Worker:
    """A worker process and what it reports."""

    def __init__(self, program: str, job: Job | OnRampJob, log: Path) -> None:
        self._log = log
        command = [sys.executable, "-m", program, msgspec.json.encode(job).decode()]
        with log.open("wb") as out, log.with_suffix(".err").open("wb") as err:
            self.process = subprocess.Popen(command, stdout=out, stderr=err, cwd=ROOT, start_new_session=True)

    def progress(self) -> Progress:
        """Return the newest picture."""
        lines = self._log.read_bytes().split(b"\n")[:-1]
        return msgspec.json.decode(lines[-1], type=Progress) if lines else Progress("")

    def errors(self) -> str:
        """Return what the process wrote to stderr."""
        return self._log.with_suffix(".err").read_text()

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process."""
        os.kill(self.process.pid, number)

    def kill(self) -> None:
        """End it the hard way."""
        self.send(signal.SIGKILL)
        self.process.wait(30)

    def stop(self) -> int:
        """Ask it to end, and return its exit code."""
        if self.process.poll() is None:
            self.send(signal.SIGCONT)
            self.send(signal.SIGTERM)
        return self.process.wait(60)


class Crew(Generic[J]):
    """The workers of one job."""

    def __init__(self, job: J, program: str) -> None:
        self.job: J = job
        self._program = program
        self.workers: list[Worker] = []
        self._started = 0

    def start(self) -> Worker:
        """Start one more worker."""
        self._started += 1
        worker = Worker(self._program, self.job, Path(self.job.folder, f"worker-{self._started}.log"))
        self.workers.append(worker)
        return worker

    def end(self) -> None:
        """Leave no process behind."""
        for worker in self.workers:
            if worker.process.poll() is None:
                worker.kill()


@contextmanager
def crew(job: J, program: str = "tests.integration.copy_worker") -> Iterator[Crew[J]]:
    """Give workers of a program that are gone afterwards, whatever happens."""
    workers = Crew(job, program)
    try:
        yield workers
    finally:
        workers.end()
