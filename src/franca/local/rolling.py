"""Replaces the workers of a run one by one by workers of a newer model, so that no pipeline pauses for long.

Who reads goes first: lake and store know a new field before the first event that has it.
"""

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from franca.local.job import STOP_SECONDS, Command, Job, line
from franca.local.workers import Worker, Workers, end, tell

LOOK_SECONDS = 0.01
READY_SECONDS = 120.0
"""How long a worker may take to load the project, and then to join its group."""


class Replaced(NamedTuple):
    """One worker that was replaced, started (`seconds` is 0) or stopped; `failure` says why it went wrong.

    `seconds` is how long nobody worked in its place.
    """

    worker: str
    what: str
    seconds: float = 0.0
    failure: str = ""


Tell = Callable[[Replaced], None]


class Rolling:
    """One reload of a run: `jobs` are the wanted ones, upstream first, each with its number of workers.

    `keep_watch` is called again and again meanwhile; it answers False where the run is to stop.
    """

    def __init__(
        self, team: Workers, jobs: Sequence[tuple[Job, int]], keep_watch: Callable[[], bool]
    ) -> None:
        self._team = team
        self._wanted = [(job, number) for job, count in reversed(jobs) for number in range(count)]
        self._keep_watch = keep_watch

    def roll(self, told: Tell) -> bool:
        """Replace all, start what is new, stop what is gone; False at the first that goes wrong.

        What was replaced stays so, and the rest goes on as it was: it may be done again.
        """
        for job, number in self._wanted:
            old = self._worker(job.pipeline, number)
            done = self._start(job, number) if old is None else self._replace(old, job)
            told(done)
            if done.failure:
                return False
        wanted = {(job.pipeline, number) for job, number in self._wanted}
        gone = [worker for worker in self._team.all if (worker.job.pipeline, worker.number) not in wanted]
        self._team.stop(gone)
        for worker in gone:
            self._team.all.remove(worker)
            told(Replaced(worker.name, "stopped"))
        return True

    def _worker(self, pipeline: str, number: int) -> Worker | None:
        found = (w for w in self._team.all if (w.job.pipeline, w.number) == (pipeline, number))
        return next(found, None)

    def _start(self, job: Job, number: int) -> Replaced:
        worker = self._team.worker(job, number)
        self._team.all.append(worker)
        self._team.launch(worker)
        return Replaced(worker.name, "started", failure=self._until_running(worker))

    def _replace(self, old: Worker, job: Job) -> Replaced:
        """Have a new worker ready before the old one is asked to hand over its place."""
        new = self._team.worker(replace(job, standby=True), old.number)
        self._team.launch(new)
        failure = self._until(new, "standby")
        if failure:
            self._give_up(new)
            return Replaced(new.name, "kept as it was", failure=failure)
        began = time.monotonic()
        self._end(old, keeps_place=old.job.topics == job.topics)
        new.job = job
        self._team.all[self._team.all.index(old)] = new
        tell(new, line(Command("go")))
        failure = self._until_running(new)
        return Replaced(new.name, "replaced", round(time.monotonic() - began, 3), failure)

    def _end(self, old: Worker, *, keeps_place: bool) -> None:
        """End a worker. Its place in the group goes to who reads the same topics; others must join anew.

        A group that is settled gives a returning member what it had, whatever it subscribes to now.
        """
        if old.process is None or old.code is not None:
            return  # it failed, or was killed and is not put back yet
        if keeps_place:
            tell(old, line(Command("hand_over")))
        else:
            old.process.terminate()
        end(old, STOP_SECONDS)

    def _until_running(self, worker: Worker) -> str:
        return self._until(worker, "running", "waiting")

    def _until(self, worker: Worker, *states: str) -> str:
        """Wait until a worker tells one of the states; return why it does not, empty where it does."""
        deadline = time.monotonic() + READY_SECONDS
        while worker.progress is None or worker.progress.state not in states:
            code = worker.process.poll() if worker.process is not None else worker.code
            if code is not None:
                reason = worker.progress.last_error if worker.progress else ""
                return reason or f"it ended with code {code}; its log is {worker.log}"
            if time.monotonic() >= deadline:
                return f"it was not ready within {READY_SECONDS:.0f} s; its log is {worker.log}"
            if not self._keep_watch():
                return "the run was stopped"
            time.sleep(LOOK_SECONDS)
        return ""

    def _give_up(self, worker: Worker) -> None:
        if worker.process is not None:
            worker.process.kill()
            worker.process.wait()
            end(worker)
