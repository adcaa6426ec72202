"""One worker process: `python -m franca.local.worker`, with its job on standard input.

It ends on SIGTERM, and when standard input ends, so that no worker outlives the process that started it:
where it hangs in a client it is ended after a minute, and its log tells where its threads were. SIGUSR1 has
that told at any time.
"""

import faulthandler
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from franca.config.pipelines import build, warm_up
from franca.config.project import Project, load
from franca.errors import DefinitionError
from franca.local.job import STOP_SECONDS, Command, Job, Target, line
from franca.local.trace import trace_of
from franca.pipeline import collector
from franca.pipeline.pictures import keep_picture
from franca.pipeline.progress import Progress
from franca.pipeline.runner import run
from franca.pipeline.slot import Slot
from franca.pipeline.stop import Stop, stop_on_signals
from franca.pipeline.visible import LineFormatter
from franca.sources.source import Source
from franca.types import Positions

BAD_DEFINITION, BUG = 1, 70


class Boss:
    """The process at the other end of the pipes.

    The pipes are read and written by their numbers: a buffered reader would be locked by the waiting thread,
    and an interpreter that ends with a locked reader dies. They are moved to numbers of their own first, so
    that a project's module which prints, or reads its input, prints to the log and reads nothing.
    """

    def __init__(self) -> None:
        self._lines = _lines(os.dup(0))
        self._said = os.fdopen(os.dup(1), "wb")
        with Path(os.devnull).open("rb") as nothing:
            os.dup2(nothing.fileno(), 0)
        os.dup2(2, 1)
        sys.stdout = sys.stderr
        self.job = msgspec.json.decode(next(self._lines), type=Job)
        self._target: Positions | None = None
        self._go = threading.Event()
        self._source: Source | None = None

    def target(self) -> Positions | None:
        """Return up to where to go, None while that is not known."""
        return self._target

    def tell(self, text: bytes) -> None:
        """Send a line; where nobody listens any more the worker is about to be stopped."""
        try:
            self._said.write(text)
            self._said.flush()
        except BrokenPipeError:
            return

    def heed(self, stop: Stop) -> None:
        """Take targets and commands from now on, and stop when the other end is gone."""
        stop.listen(self._go.set)
        threading.Thread(target=self._listen, args=(stop,), daemon=True).start()

    def wait(self) -> None:
        """Wait to be told to go, or to stop."""
        self._go.wait()

    def works_with(self, source: Source) -> None:
        """Take the source whose place in its group is kept when another takes over."""
        self._source = source

    def _listen(self, stop: Stop) -> None:
        for text in self._lines:
            told = msgspec.json.decode(text, type=Target | Command)
            if isinstance(told, Target):
                self._target = told.positions()
            elif told.do == "go":
                self._go.set()
            else:
                if self._source is not None:
                    self._source.keeps_place = True
                stop.request()
        faulthandler.dump_traceback_later(STOP_SECONDS, exit=True)  # nobody else would end it now
        stop.request()


def _lines(descriptor: int) -> Iterator[bytes]:
    rest = b""
    while chunk := os.read(descriptor, 65_536):
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole


def main() -> int:
    """Run the job; 0 when it ended as asked, 1 when a definition is wrong, 70 for a bug, with its trace."""
    faulthandler.register(signal.SIGUSR1)
    boss = Boss()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LineFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    with stop_on_signals() as stop:
        try:
            _work(boss, stop)
        except DefinitionError as error:
            logging.getLogger("franca").error("%s", error)  # noqa: TRY400 - the trace says nothing to a user
            return BAD_DEFINITION
        except Exception as error:  # noqa: BLE001 - it is told, and the process ends
            log = logging.getLogger("franca")
            told = "%s: a bug in franca, please report it\n%s"
            log.error(told, boss.job.pipeline, trace_of(error))  # noqa: TRY400 - its text may be a row's value
            log.debug("its text: %r", error)
            return BUG
    return 0


def _work(boss: Boss, stop: Stop) -> None:
    boss.heed(stop)
    job = boss.job
    project = load(Path(job.folder), job.profile)
    _require_same(job, project)
    logging.getLogger().setLevel(project.settings.run.log_level.upper())
    if job.standby:
        warm_up(project, job.endpoints, job.pipeline)
        boss.tell(line(Progress(job.pipeline, state="standby", time=time.time())))
        boss.wait()
        if stop.requested:
            return
    slot = Slot(project.state / "slots", job.pipeline)
    try:
        pipeline = build(project, job.endpoints, job.pipeline, slot.name)
        boss.works_with(pipeline.source)
        collector.rest()
        run(pipeline, report=_Reporter(project.state, slot.number, boss), stop=stop,
            until=boss.target if job.drain else None)  # fmt: skip
    finally:
        slot.close()


def _require_same(job: Job, project: Project) -> None:
    """Refuse to map by other mappings than the run was started with: their version is not published."""
    for application in project.applications:
        if job.mappings.get(application.name, application.hash) != application.hash:
            reason = "its mappings were changed while the run goes on"
            raise DefinitionError.one(application.name, reason, "`franca reload` takes them up")


class _Reporter:
    """Tells progress to the boss, and keeps the last of it for `franca status`."""

    def __init__(self, state: Path, slot: int, boss: Boss) -> None:
        self._state, self._slot, self._boss = state, slot, boss

    def __call__(self, progress: Progress) -> None:
        picture = msgspec.structs.replace(progress, restarts=self._boss.job.restarts)
        try:
            keep_picture(self._state, picture, self._slot)
        except OSError as error:
            logging.getLogger("franca").warning("progress can't be kept: %s", error)
        self._boss.tell(line(picture))


if __name__ == "__main__":
    code = main()
    logging.shutdown()
    os._exit(code)  # all is closed; what client libraries have left would hold up the end, or complain
