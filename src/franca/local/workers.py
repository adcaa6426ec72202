"""Starts worker processes, hears their progress, and puts a killed one back in its place."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import msgspec

from franca.local.job import STOP_SECONDS, Job, Target, line
from franca.local.restarts import Restarts
from franca.pipeline.progress import Progress
from franca.types import Positions

MEMORY = {"ARROW_DEFAULT_MEMORY_POOL": "system", "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}
"""How a worker takes its memory unless its environment says otherwise: in large pages, and Arrow's with it.

Batch after batch takes the same, so it is 3 % of a stream cheaper, and a lake's worker 30 MB smaller.
"""


@dataclass(slots=True)
class Worker:
    """One worker: its job, its process, and the last that was heard of it. `code` is set at its end.

    A killed worker has no process until it is put back.
    """

    job: Job
    number: int
    log: Path
    process: "subprocess.Popen[bytes] | None" = None
    progress: Progress | None = None
    code: int | None = None
    restarts: Restarts = field(default_factory=Restarts)
    started: float = 0.0

    @property
    def name(self) -> str:
        """The pipeline's name and the worker's number."""
        return f"{self.job.pipeline}.{self.number}"


@dataclass(slots=True)
class Workers:
    """The worker processes of one run. Logs are below `logs`, one file a worker.

    `hear` is given each picture as it comes, from several threads.
    """

    logs: Path
    all: list[Worker] = field(default_factory=list)
    hear: Callable[[Progress], None] = field(default=lambda _progress: None)
    _targets: dict[str, Target] = field(default_factory=dict)

    def start(self, jobs: Sequence[Job], count: int = 1) -> None:
        """Start `count` workers for each job."""
        self.logs.mkdir(parents=True, exist_ok=True)
        for job in jobs:
            for number in range(count):
                worker = self.worker(job, number)
                self.all.append(worker)
                self.launch(worker)

    def worker(self, job: Job, number: int) -> Worker:
        """Return a worker that has no process yet, and is not among `all`."""
        return Worker(job, number, self.logs / f"{job.pipeline}.{number}.log")

    def watch(self) -> list[Worker]:
        """Look after the processes; return the workers that ended since the last look, by themselves."""
        ended, now = [], time.monotonic()
        for worker in self.all:
            code = worker.process.poll() if worker.process and worker.code is None else None
            if code is not None and code < 0:
                let_go(worker)
                worker.restarts.killed(-code, now, now - worker.started)
            elif code is not None:
                worker.code = code
                ended.append(worker)
            if worker.process is None and worker.code is None and now >= worker.restarts.due:
                worker.restarts.count += 1
                self.launch(worker)
        return ended

    def restarts(self) -> dict[str, int]:
        """Return how often the workers of each pipeline were put back."""
        found = dict.fromkeys((worker.job.pipeline for worker in self.all), 0)
        for worker in self.all:
            found[worker.job.pipeline] += worker.restarts.count
        return found

    def aim(self, pipeline: str, positions: Positions) -> None:
        """Tell a pipeline's workers up to where to go, those started later as well."""
        self._targets[pipeline] = Target.of(positions)
        for worker in self.all:
            if worker.job.pipeline == pipeline:
                tell(worker, line(self._targets[pipeline]))

    def pictures(self) -> list[Progress]:
        """Return the last progress of every worker that has told any."""
        return [worker.progress for worker in self.all if worker.progress is not None]

    def all_running(self) -> bool:
        """Return whether every worker has told that it runs."""
        return all(w.progress is not None and w.progress.state == "running" for w in self.all)

    def running(self) -> bool:
        """Return whether any worker has not ended."""
        return any(worker.code is None for worker in self.all)

    def stop(self, some: Sequence[Worker] | None = None) -> None:
        """Ask all to end with what they have in hand; kill those that have not after a minute."""
        chosen = self.all if some is None else some
        for worker in chosen:
            if worker.code is not None:
                continue
            if worker.process is None or (worker.process.poll() or 0) < 0:
                worker.code = 0  # killed, and not put back yet: what it had in hand is read again
            else:
                worker.process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for worker in chosen:
            end(worker, max(0.1, deadline - time.monotonic()))

    def launch(self, worker: Worker) -> None:
        """Start a worker's process."""
        command = [sys.executable, "-m", "franca.local.worker"]
        with worker.log.open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - this interpreter, franca's own module
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**MEMORY, **os.environ},
                start_new_session=True,
            )
        worker.process, worker.started = process, time.monotonic()
        assert process.stdout is not None
        tell(worker, line(msgspec.structs.replace(worker.job, restarts=worker.restarts.count)))
        if worker.job.pipeline in self._targets:
            tell(worker, line(self._targets[worker.job.pipeline]))
        threading.Thread(target=self._listen, args=(worker, process.stdout), daemon=True).start()

    def _listen(self, worker: Worker, lines: IO[bytes]) -> None:
        with lines:
            for text in lines:
                worker.progress = msgspec.json.decode(text, type=Progress)
                if worker.progress.state != "standby":
                    self.hear(worker.progress)


def tell(worker: Worker, text: bytes) -> None:
    """Send a line to a worker's process, where it has one that listens."""
    if worker.process is None:
        return  # killed; it is told when it is put back
    assert worker.process.stdin is not None
    try:
        worker.process.stdin.write(text)
        worker.process.stdin.flush()
    except BrokenPipeError:
        return  # it has ended; `watch` sees to it


def end(worker: Worker, seconds: float = STOP_SECONDS) -> None:
    """Wait for a worker that was asked to end, and kill it where it does not."""
    if worker.process is None or worker.code is not None:
        return
    try:
        code = worker.process.wait(seconds)
        worker.code = 0 if code == -signal.SIGTERM else code  # it had not even begun
    except subprocess.TimeoutExpired:
        worker.process.kill()
        worker.code = worker.process.wait()
    let_go(worker)


def let_go(worker: Worker) -> None:
    """Let go of a process that has ended."""
    process, worker.process = worker.process, None
    if process is not None and process.stdin is not None:
        with suppress(BrokenPipeError):
            process.stdin.close()
