"""A real schema registry for one machine: Apicurio's, with Confluent's interface, its data in a file."""

import signal
from pathlib import Path

from franca.config.schema_registry import LOCAL_PATH
from franca.errors import FrancaError
from franca.local.apicurio import SERVICE, fetch_registry
from franca.local.jars import Progress, cache_folder, silent
from franca.local.java import find_java
from franca.local.logs import Log, usable
from franca.local.memory import Memory, locked
from franca.local.ports import HOST, choose, is_free, is_open, settle
from franca.local.process import Program, alive, find, stop, wait_until
from franca.topics.schema_registry import RegistryAddress, SchemaRegistry

START_SECONDS = 90.0
OLDEST = 21
"""The oldest Java that the registry runs on."""

FLAGS = (
    "-Xms64m",
    "-Xmx384m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:-UsePerfData",
    "-XX:+ExitOnOutOfMemoryError",
    "-Dapicurio.storage.kind=sql",
    "-Dapicurio.storage.sql.kind=h2",
    "-Dapicurio.datasource.url=jdbc:h2:file:./db",
    "-Dquarkus.log.level=WARN",
    f"-Dquarkus.http.host={HOST}",
    f"-Dquarkus.management.host={HOST}",
)


class LocalRegistry:
    """A registry with its data in `folder/registry`, its log in `folder/logs`, its ports in `services.json`.

    `port` insists on a port; without one a free port is chosen and kept. Start and stop may be called at any
    time, by several processes at once.
    """

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self.folder = folder.resolve()
        self.data = self.folder / "registry"
        self.log = self.folder / "logs" / "registry.log"
        self._port = port
        self._mark = f"-Dfranca.folder={self.data}"
        self._log = Log(self.log)
        self._memory = Memory(self.folder)

    @property
    def url(self) -> str:
        """The address for clients; its port is 0 before the first start."""
        return f"http://{HOST}:{self._memory.recall(SERVICE).port}{LOCAL_PATH}"

    @property
    def pid(self) -> int:
        """The registry's process, 0 where it is not running."""
        remembered = self._memory.recall(SERVICE).pid
        return remembered if alive(remembered, self._mark) else 0

    def running(self) -> bool:
        """Return whether the registry's process is alive and its port is open."""
        return self.pid > 0 and is_open(self._memory.recall(SERVICE).port)

    def start(self, progress: Progress = silent) -> None:
        """Start the registry, or find it running; return when it answers. Raises UnavailableError."""
        with usable(self.data, self.log, SERVICE), locked(self.data / "start.lock", SERVICE):
            if self.running() and self._answers(self.pid):
                return
            stop(find(self._mark), self._mark, signal.SIGTERM)
            jar = fetch_registry(cache_folder(self.folder / "cache"), progress)
            progress("starting the schema registry", 0, 0)
            self._log.begin()
            if not self._launch(find_java(OLDEST, SERVICE), jar, progress):
                raise self._log.failure(SERVICE, "the registry")

    def stop(self) -> None:
        """Stop the registry; return when it is gone. Raises UnavailableError."""
        if not self.data.exists():
            return
        with usable(self.data, self.log, SERVICE), locked(self.data / "start.lock", SERVICE):
            stop(find(self._mark), self._mark, signal.SIGTERM)

    def _launch(self, java: Path, jar: Path, progress: Progress) -> bool:
        state = self._memory.recall(SERVICE)
        state.port = settle(SERVICE, self._port, state.port, progress)
        if state.controller_port in (0, state.port) or not is_free(state.controller_port):
            state.controller_port = choose(SERVICE, state.port)
        ports = (
            f"-Dquarkus.http.port={state.port}",
            f"-Dquarkus.management.port={state.controller_port}",
        )
        command = [str(java), *FLAGS, *ports, self._mark, "-jar", str(jar)]
        state.pid = Program(command, self.data, self.log).spawn()
        self._memory.remember(SERVICE, state)
        if self._answers(state.pid):
            return True
        stop(state.pid, self._mark, signal.SIGTERM)
        return False

    def _answers(self, pid: int) -> bool:
        """Return True when the registry answers, False when it died or took too long."""
        registry = SchemaRegistry(RegistryAddress(self.url))

        def has_answered() -> bool:
            try:
                registry.ping()
            except FrancaError:
                return False
            return True

        wait_until(lambda: has_answered() or not alive(pid, self._mark), START_SECONDS)
        return alive(pid, self._mark)
