"""A bank's project under test: its commands and runs as processes, and what its stages hold."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
from confluent_kafka import TopicCollection
from confluent_kafka.admin import AdminClient

from franca.topics.names import CONTROL_TOPIC
from tests.command import forked
from tests.integration.crew import wait_for
from tests.integration.whole import found
from tests.integration.whole.expected import KEY, Outcome, outcome
from tests.integration.whole.legacy import EXAMPLE

TOPICS = ("raw.crm.cust", "raw.core.acct", *KEY, "crm.dead-letters", "core.dead-letters", CONTROL_TOPIC)
"""What a bank leaves on a cluster: the control topic too, which remembers the topics that were read."""

SETTINGS = """
[kafka]
bootstrap = "{bootstrap}"
[store]
dsn = "{dsn}"
[topics]
partitions = 3
[run]
session_seconds = 6
[pipelines.lake]
linger_seconds = 0.3
{more}
"""


class Run:
    """One `franca run` as a process in a session of its own."""

    def __init__(self, bank: "Bank", arguments: tuple[str, ...], log: Path) -> None:
        self._log = log
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                _command(*arguments), cwd=bank.folder, env=ENVIRONMENT, stdout=out, stderr=out,
                start_new_session=True,
            )  # fmt: skip
        self._seen: set[psutil.Process] = set()

    def workers(self) -> dict[int, str]:
        """Return the worker processes that are alive now: pid and pipeline, `starting` where not yet told."""
        return {process.pid: process.name() for process in self._children()}

    def text(self) -> str:
        """Return what it printed."""
        return self._log.read_text()

    def kill(self) -> None:
        """End the process that the user started, and only that, the hard way."""
        self._children()
        self.process.kill()
        self.process.wait(30)

    def stop(self, number: signal.Signals = signal.SIGTERM, seconds: float = 90.0) -> int:
        """Ask it to end, and return its exit code."""
        self._children()
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(seconds)

    def left(self) -> list[int]:
        """Return the workers of this run that are still alive."""
        return [process.pid for process in self._seen if _is_alive(process)]

    def end(self) -> None:
        """Leave nothing behind."""
        self.kill()
        for process in self._seen:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        wait_for(lambda: not self.left(), "all workers are gone", 30)

    def _children(self) -> set[psutil.Process]:
        try:
            children = {p for p in psutil.Process(self.process.pid).children() if _is_alive(p)}
        except psutil.NoSuchProcess:
            children = set()
        self._seen |= children
        return children


class Bank:
    """A project in a folder of its own, on given services."""

    PIPELINES = ("core.archive", "core.on-ramp", "crm.archive", "crm.on-ramp", "lake", "store")

    def __init__(self, folder: Path, bootstrap: str, dsn: str) -> None:
        self.folder, self.bootstrap, self.dsn = folder, bootstrap, dsn
        self.lake, self.archive = folder / ".franca" / "lake", folder / ".franca" / "archive"
        self.runs: list[Run] = []
        self.settle()

    def settle(self, more: str = "") -> None:
        """Write franca.toml, with more settings where a test wants some."""
        text = SETTINGS.format(bootstrap=self.bootstrap, dsn=self.dsn, more=more)
        (self.folder / "franca.toml").write_text(text)

    def __call__(self, *arguments: str, code: int = 0, text: str | None = None) -> str:
        """Run one command to its end and return what it printed; it must end with the exit code."""
        done = subprocess.run(
            forked(*arguments), cwd=self.folder, env=ENVIRONMENT, input=text, capture_output=True,
            text=True, timeout=200, check=False,
        )  # fmt: skip
        told = done.stdout[-4000:] + done.stderr[-4000:]
        assert done.returncode == code, (
            f"franca {' '.join(arguments)} gave {done.returncode}\n{told}{self.logs()}"
        )
        assert "Traceback" not in told, told
        return done.stdout if code == 0 else done.stdout + done.stderr

    def start(self, *arguments: str) -> Run:
        """Start a run that goes on until it is stopped."""
        run = Run(self, ("run", *arguments), self.folder / f"run-{len(self.runs)}.log")
        self.runs.append(run)
        return run

    def start_reading(self) -> Run:
        """Start a run, and return when each of its pipelines has its share."""
        before = {name: self.picture(name).get("time", 0.0) for name in self.PIPELINES}
        run = self.start()

        def reads(name: str) -> bool:
            picture = self.picture(name)
            return bool(picture.get("lag")) and picture["time"] > before[name]

        wait_for(lambda: all(map(reads, self.PIPELINES)), "all pipelines read")
        return run

    def end(self) -> None:
        """Leave no process behind."""
        for run in self.runs:
            run.end()

    def picture(self, pipeline: str, slot: int = 0) -> dict[str, Any]:
        """Return the last that a worker told, as `franca status` finds it."""
        try:
            told = (self.folder / ".franca" / "run" / f"{pipeline}.{slot}.json").read_bytes()
        except FileNotFoundError:
            return {}
        picture: dict[str, Any] = json.loads(told)
        return picture

    def trouble(self, pipeline: str) -> str:
        """Return what a pipeline's first worker says is wrong, empty where nothing is."""
        return str(self.picture(pipeline).get("last_error", ""))

    def partitions(self, pipeline: str) -> int:
        """Return how many partitions a pipeline reads."""
        return 3 * (len(KEY) if pipeline in ("lake", "store") else 1)

    def log(self, pipeline: str) -> str:
        """Return what a pipeline's first worker has logged."""
        return (self.folder / ".franca" / "logs" / f"{pipeline}.0.log").read_text()

    def logs(self) -> str:
        """Return the ends of the workers' logs."""
        paths = sorted((self.folder / ".franca" / "logs").glob("*.log"))
        return "".join(f"\n--- {path.name}\n{path.read_text()[-2000:]}" for path in paths)

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Where what is done meanwhile fails, tell what the workers last said, and what they are doing."""
        try:
            yield
        except AssertionError as error:
            for run in self.runs:
                for pid in run.workers():
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGUSR1)
            time.sleep(1)
            told = "".join(f"\n--- {run.text()[-2000:]}" for run in self.runs)
            pictures = {name: [self.picture(name, slot) for slot in (0, 1)] for name in self.PIPELINES}
            error.add_note(f"{pictures}{told}{self.logs()}")
            raise

    def expect_all(self, epochs: Mapping[str, int] | None = None) -> Outcome:
        """Topics, archive, lake, store and dead letters hold what a recomputation gives, event by event."""
        raw = found.raw_messages(self.bootstrap)
        wanted = outcome(raw, epochs)
        for entity in KEY:
            by_key, placed = found.published(self.bootstrap, entity)
            assert by_key == wanted.facts[entity]
            assert found.in_lake(self.lake, entity) == placed
            assert found.in_store(self.dsn, entity) == wanted.rows(entity)
        assert found.letters(self.bootstrap) == wanted.letters
        assert found.archived(self.archive) == sorted(raw)
        return wanted


ENVIRONMENT = {**os.environ, "NO_COLOR": "1"}


def example(folder: Path) -> None:
    """Write the example's modules."""
    for module in EXAMPLE.glob("*.py"):
        shutil.copy(module, folder)


@contextmanager
def opened(folder: Path, bootstrap: str, dsn: str, write: Callable[[Path], None] = example) -> Iterator[Bank]:
    """Give a bank, or another project, and afterwards end its processes and delete its topics."""
    folder.mkdir()
    write(folder)
    bank = Bank(folder, bootstrap, dsn)
    try:
        yield bank
    finally:
        bank.end()
        delete(bootstrap, *TOPICS)


def delete(bootstrap: str, *topics: str) -> None:
    """Delete topics, and wait until the cluster has."""
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    there = set(admin.list_topics(timeout=20).topics) & set(topics)
    for future in (admin.delete_topics(sorted(there)) if there else {}).values():
        future.result(30)
    wait_for(lambda: not there & set(admin.list_topics(timeout=20).topics), f"{there} are deleted")
    wait_for(lambda: not _described(admin, there), f"{there} are not described any more")


def _described(admin: AdminClient, topics: set[str]) -> list[str]:
    """Return the topics that the cluster still describes; it may list them no more."""
    futures = admin.describe_topics(TopicCollection(sorted(topics))) if topics else {}
    return [name for name, future in futures.items() if future.exception(20) is None]


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "franca", *arguments]


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
