"""A server of one machine: started, found again, and stopped by whoever comes, with one at work at a time."""

import signal
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from franca.local.jars import Progress, silent
from franca.local.logs import Log, usable
from franca.local.memory import Memory, ServiceState, locked
from franca.local.ports import choose, is_free, is_open, settle
from franca.local.process import Program, alive, find, stop


class Server(ABC):
    """Has its data in `folder/<name>`, its log in `folder/logs`, its ports in `folder/services.json`.

    `port` insists on a port; without one a free port is chosen and kept. Start and stop may be called at any
    time, by several processes at once. A kind of server says its `name`, what errors call it (`service`), by
    which signals it ends, and how it is launched and asked.
    """

    name: ClassVar[str]
    service: ClassVar[str]
    signals: ClassVar[Sequence[signal.Signals]] = (signal.SIGTERM,)

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self.folder = folder.resolve()
        self.home = self.folder / self.name
        self.log = self.folder / "logs" / f"{self.name}.log"
        self._port = port
        self._log = Log(self.log)
        self._memory = Memory(self.folder)

    @property
    def data(self) -> Path:
        """The folder of its data."""
        return self.home

    @property
    def pid(self) -> int:
        """The server's process, 0 where it is not running."""
        remembered = self._recall().pid
        return remembered if alive(remembered, self._mark) else 0

    def running(self) -> bool:
        """Return whether the server's process is alive and its port is open."""
        return self.pid > 0 and is_open(self._recall().port)

    def start(self, progress: Progress = silent) -> None:
        """Start the server, or find it running; return when it answers. Raises UnavailableError."""
        with self._alone():
            if not self._is_found():
                self._start(progress)

    def stop(self) -> None:
        """Stop the server; return when it is gone. Raises UnavailableError."""
        if self.home.exists():
            with self._alone():
                self._end()

    @abstractmethod
    def _start(self, progress: Progress) -> None:
        """Start the server, which does not run. Raises UnavailableError."""

    @abstractmethod
    def _answers(self, state: ServiceState) -> bool:
        """Return True when its process answers, False when that died or took too long."""

    @property
    def _mark(self) -> str:
        """What tells its process: one of the command's arguments."""
        return f"-Dfranca.folder={self.data}"

    def _end(self) -> None:
        stop(find(self._mark), self._mark, *self.signals)

    def _recall(self) -> ServiceState:
        return self._memory.recall(self.name)

    def _remember(self, state: ServiceState) -> None:
        self._memory.remember(self.name, state)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other starts and stops out of the block."""
        with usable(self.home, self.log, self.service), locked(self.home / "start.lock", self.service):
            yield

    def _is_found(self) -> bool:
        """Return whether the server runs already, waiting for one that is still starting."""
        state = self._recall()
        state.pid = self.pid or find(self._mark)
        if not state.pid:
            return False
        if state.port and self._answers(state):
            self._remember(state)
            return True
        stop(state.pid, self._mark, *self.signals)
        return False

    def _settled(self, progress: Progress, *, second: bool = False) -> ServiceState:
        """Return the state with a port that is free, and a `second` one where it needs that."""
        state = self._recall()
        state.port = settle(self.name, self._port, state.port, progress)
        if second and (state.controller_port in (0, state.port) or not is_free(state.controller_port)):
            state.controller_port = choose(self.name, state.port)
        return state

    def _is_launched(self, program: Program, state: ServiceState) -> bool:
        """Run its program and return whether it answers; if not, it is ended."""
        state.pid = program.spawn()
        self._remember(state)
        if self._answers(state):
            return True
        stop(state.pid, self._mark, *self.signals)
        return False
