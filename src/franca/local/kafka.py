"""A real Kafka of one node, for one machine: a broker that is its own controller."""

import time
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from franca.local.broker import Storage
from franca.local.jars import Progress
from franca.local.jvm import Jvm, archiving_mark
from franca.local.memory import ServiceState
from franca.local.ports import HOST, is_open
from franca.local.process import Program, alive, end, wait_until
from franca.local.server import Server

SERVICE = "kafka"
START_SECONDS = 90.0
ASK_SECONDS = 5.0
"""A process that was killed a moment ago still seems to be alive: whether it is is asked so often."""
ATTEMPTS = 3


class LocalKafka(Server):
    """The broker; see `Server`."""

    name = service = SERVICE

    def __init__(self, folder: Path, port: int | None = None) -> None:
        super().__init__(folder, port)
        self._storage = Storage(self.data)

    @property
    def bootstrap(self) -> str:
        """The address for clients; its port is 0 before the first start."""
        return f"{HOST}:{self._recall().port}"

    def _start(self, progress: Progress) -> None:
        jvm = Jvm.prepare(self.folder / "cache", progress)
        progress("starting kafka", 0, 0)
        for _attempt in range(ATTEMPTS):
            self._log.begin()
            if self._launch(jvm, progress):
                return
            if "Address already in use" not in self._log.text():
                jvm.discard_archive()
        raise self._log.failure(SERVICE, "the broker")

    def _end(self) -> None:
        super()._end()
        end(archiving_mark(self.data))

    def _launch(self, jvm: Jvm, progress: Progress) -> bool:
        state = self._settled(progress, second=True)
        self._storage.write_settings(state)
        if not self._storage.format(jvm, self.log):
            return False
        class_list = self.data / "tmp" / "classes.txt"
        command = jvm.command(self._mark, "kafka.Kafka", "server.properties", class_list=class_list)
        is_launched = self._is_launched(Program(command, self.data, self.log), state)
        if is_launched:
            jvm.archive_classes(class_list, self.data, self.log)
        return is_launched

    def _answers(self, state: ServiceState) -> bool:
        """Return True when the broker answers under its own name, False when it died or took too long."""
        wait_until(lambda: is_open(state.port) or not alive(state.pid, self._mark), START_SECONDS)
        if not alive(state.pid, self._mark):
            return False
        client = AdminClient({"bootstrap.servers": f"{HOST}:{state.port}", "log_level": 0})
        deadline = time.monotonic() + START_SECONDS
        while alive(state.pid, self._mark) and time.monotonic() < deadline:
            try:
                return client.list_topics(timeout=ASK_SECONDS).cluster_id == self._storage.cluster_id()
            except KafkaException:
                time.sleep(0.2)
        return False
