"""A real Kafka of one node, for one machine: a broker that is its own controller."""

import signal
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from franca.local.broker import Storage
from franca.local.jars import Progress, silent
from franca.local.jvm import Jvm, archiving_mark
from franca.local.logs import Log, usable
from franca.local.memory import Memory, locked
from franca.local.ports import HOST, choose, is_free, is_open, settle
from franca.local.process import Program, alive, end, find, stop, wait_until

SERVICE = "kafka"
START_SECONDS = 90.0
ATTEMPTS = 3


class LocalKafka:
    """Kafka with its data in `folder/kafka`, its log in `folder/logs`, its ports in `folder/services.json`.

    `port` insists on a port; without one a free port is chosen and kept. Start and stop may be called at any
    time, by several processes at once.
    """

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self.folder = folder.resolve()
        self.data = self.folder / "kafka"
        self.log = self.folder / "logs" / "kafka.log"
        self._port = port
        self._mark = f"-Dfranca.folder={self.data}"
        self._log = Log(self.log)
        self._memory = Memory(self.folder)
        self._storage = Storage(self.data)

    @property
    def bootstrap(self) -> str:
        """The address for clients; its port is 0 before the first start."""
        return f"{HOST}:{self._memory.recall(SERVICE).port}"

    @property
    def pid(self) -> int:
        """The broker's process, 0 where it is not running."""
        remembered = self._memory.recall(SERVICE).pid
        return remembered if alive(remembered, self._mark) else 0

    def running(self) -> bool:
        """Return whether the broker's process is alive and its port is open."""
        return self.pid > 0 and is_open(self._memory.recall(SERVICE).port)

    def start(self, progress: Progress = silent) -> None:
        """Start the broker, or find it running; return when it answers. Raises UnavailableError."""
        with usable(self.data, self.log, SERVICE), locked(self.data / "start.lock", SERVICE):
            if self._is_found():
                return
            jvm = Jvm.prepare(self.folder / "cache", progress)
            progress("starting kafka", 0, 0)
            for _attempt in range(ATTEMPTS):
                self._log.begin()
                if self._launch(jvm, progress):
                    return
                if "Address already in use" not in self._log.text():
                    jvm.discard_archive()
            raise self._log.failure(SERVICE, "the broker")

    def stop(self) -> None:
        """Stop the broker; return when it is gone. Raises UnavailableError."""
        if not self.data.exists():
            return
        with usable(self.data, self.log, SERVICE), locked(self.data / "start.lock", SERVICE):
            stop(find(self._mark), self._mark, signal.SIGTERM)
            end(archiving_mark(self.data))

    def _is_found(self) -> bool:
        """Return whether the broker runs already, waiting for one that is still starting."""
        state = self._memory.recall(SERVICE)
        pid = self.pid or find(self._mark)
        if not pid:
            return False
        if state.port and self._answers(pid, state.port):
            state.pid = pid
            self._memory.remember(SERVICE, state)
            return True
        stop(pid, self._mark, signal.SIGTERM)
        return False

    def _launch(self, jvm: Jvm, progress: Progress) -> bool:
        state = self._memory.recall(SERVICE)
        state.port = settle(SERVICE, self._port, state.port, progress)
        if state.controller_port in (0, state.port) or not is_free(state.controller_port):
            state.controller_port = choose(SERVICE, state.port)
        self._storage.write_settings(state)
        if not self._storage.format(jvm, self.log):
            return False
        class_list = self.data / "tmp" / "classes.txt"
        command = jvm.command(self._mark, "kafka.Kafka", "server.properties", class_list=class_list)
        state.pid = Program(command, self.data, self.log).spawn()
        self._memory.remember(SERVICE, state)
        if self._answers(state.pid, state.port):
            jvm.archive_classes(class_list, self.data, self.log)
            return True
        stop(state.pid, self._mark, signal.SIGTERM)
        return False

    def _answers(self, pid: int, port: int) -> bool:
        """Return True when the broker answers under its own name, False when it died or took too long."""
        wait_until(lambda: is_open(port) or not alive(pid, self._mark), START_SECONDS)
        if not alive(pid, self._mark):
            return False
        client = AdminClient({"bootstrap.servers": f"{HOST}:{port}", "log_level": 0})
        try:
            return client.list_topics(timeout=START_SECONDS).cluster_id == self._storage.cluster_id()
        except KafkaException:
            return False
