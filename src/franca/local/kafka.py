"""A real Kafka of one node, for one machine: a broker that is its own controller."""

import base64
import os
import re
import shutil
import signal
import uuid
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from franca.errors import UnavailableError
from franca.local.jars import Progress, cache_folder, fetch, kafka_version, silent
from franca.local.java import find_java
from franca.local.logs import prepare, tail
from franca.local.memory import Memory, ServiceState, locked
from franca.local.ports import HOST, choose, is_free, is_open
from franca.local.process import alive, find, run, spawn, stop, wait_until

START_SECONDS = 90.0
ATTEMPTS = 3
JVM = ("-Xms64m", "-Xmx512m", "-XX:+UseSerialGC", "-Djava.awt.headless=true", "-Dfile.encoding=UTF-8")


class LocalKafka:
    """Kafka with its data in `folder/kafka`, its log in `folder/logs`, its ports in `folder/services.json`.

    `port` insists on a port; without one a free port is chosen and kept.
    """

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self.folder = folder.absolute()
        self.data = self.folder / "kafka"
        self.log = self.folder / "logs" / "kafka.log"
        self._wanted = port
        self._memory = Memory(self.folder)
        self._properties = self.data / "server.properties"

    @property
    def bootstrap(self) -> str:
        """The address for clients; the port is 0 before the first start."""
        return f"{HOST}:{self._memory.recall('kafka').port}"

    @property
    def pid(self) -> int:
        """The broker's process, 0 where it is not running."""
        remembered = self._memory.recall("kafka").pid
        return remembered if alive(remembered, str(self._properties)) else 0

    def running(self) -> bool:
        """Return whether the broker's process is alive and its port is open."""
        return self.pid > 0 and is_open(self._memory.recall("kafka").port)

    def start(self, progress: Progress = silent) -> None:
        """Start the broker, or find it running; return when it answers. Raises UnavailableError."""
        prepare(self.data, self.log, "kafka")
        with locked(self.data / "start.lock", "kafka"):
            if self._found():
                return
            java, jars = find_java(), fetch(progress)
            for attempt in range(1, ATTEMPTS + 1):
                state = self._choose_ports(progress)
                if self._launch(java, jars, state):
                    return
                if attempt == ATTEMPTS or "Address already in use" not in tail(self.log):
                    raise self._failure()

    def stop(self) -> None:
        """Stop the broker; return when it is gone."""
        if not self.data.exists():
            return
        with locked(self.data / "start.lock", "kafka"):
            mark = str(self._properties)
            stop(self.pid or find(mark), mark, signal.SIGTERM)

    def _found(self) -> bool:
        """Return whether the broker runs already, waiting for one that is still starting."""
        mark = str(self._properties)
        pid = self.pid or find(mark)
        if not pid:
            return False
        state = self._memory.recall("kafka")
        if state.port and self._wait(pid, state):
            state.pid = pid
            self._memory.remember("kafka", state)
            return True
        stop(pid, mark, signal.SIGTERM)
        return False

    def _choose_ports(self, progress: Progress) -> ServiceState:
        state = self._memory.recall("kafka")
        wanted = self._wanted or state.port
        if self._wanted and not is_free(self._wanted):
            raise UnavailableError(
                "kafka",
                f"port {self._wanted} is taken by another program",
                "end that program, or leave the port out and franca chooses a free one",
            )
        if not wanted or not is_free(wanted):
            state.port = choose(state.controller_port)
            if wanted:
                progress(f"kafka: port {wanted} is taken by another program, using {state.port}", 0, 0)
        else:
            state.port = wanted
        if (
            not state.controller_port
            or state.controller_port == state.port
            or not is_free(state.controller_port)
        ):
            state.controller_port = choose(state.port)
        return state

    def _launch(self, java: Path, jars: tuple[Path, ...], state: ServiceState) -> bool:
        command = [str(java), *JVM, *_logging(), "-cp", os.pathsep.join(map(str, jars))]
        self._properties.write_text(_settings(self.data / "data", state), encoding="utf-8")
        self._format(command)
        pid = spawn([*command, "kafka.Kafka", str(self._properties)], self.log)
        state.pid = pid
        self._memory.remember("kafka", state)
        if self._wait(pid, state):
            return True
        stop(pid, str(self._properties), signal.SIGTERM)
        return False

    def _format(self, command: list[str]) -> None:
        """Make the storage: its identity is text, its first record is the same for one version of Kafka."""
        data = self.data / "data"
        if (data / "meta.properties").exists():
            return
        data.mkdir(parents=True, exist_ok=True)
        (data / "bootstrap.checkpoint").write_bytes(self._first_record(command))
        (data / "meta.properties").write_text(
            f"version=1\nnode.id=1\ncluster.id={_identifier()}\ndirectory.id={_identifier()}\n",
            encoding="utf-8",
        )

    def _first_record(self, command: list[str]) -> bytes:
        kept = cache_folder() / f"kafka-{kafka_version()}" / "bootstrap.checkpoint"
        if not kept.exists():
            scratch = self.data / "format"
            scratch.mkdir(exist_ok=True)
            settings = scratch / "server.properties"
            settings.write_text(_settings(scratch / "data", self._memory.recall("kafka")), encoding="utf-8")
            tool = [*command, "kafka.tools.StorageTool", "format", "-t", _identifier(), "-c", str(settings)]
            if not run(tool, self.log):
                raise self._failure()
            draft = kept.with_name(f".checkpoint-{os.getpid()}")
            shutil.copyfile(scratch / "data" / "bootstrap.checkpoint", draft)
            draft.replace(kept)
            shutil.rmtree(scratch)
        return kept.read_bytes()

    def _wait(self, pid: int, state: ServiceState) -> bool:
        """Return True when the broker answers as itself, False when it died or took too long."""
        mark = str(self._properties)

        def settled() -> bool:
            return is_open(state.port) or not alive(pid, mark)

        return wait_until(settled, START_SECONDS) and alive(pid, mark) and self._answers(state.port)

    def _answers(self, port: int) -> bool:
        client = AdminClient({"bootstrap.servers": f"{HOST}:{port}", "log_level": 0})
        try:
            answer = client.list_topics(timeout=START_SECONDS)
        except KafkaException:
            return False
        return answer.cluster_id == self._cluster_id()

    def _cluster_id(self) -> str:
        text = (self.data / "data" / "meta.properties").read_text(encoding="utf-8")
        found = re.search(r"^cluster\.id=(.+)$", text, re.MULTILINE)
        return found[1] if found else ""

    def _failure(self) -> UnavailableError:
        return UnavailableError(
            "kafka", f"the broker did not start; its last words: {tail(self.log)!r}", f"see {str(self.log)!r}"
        )


def _identifier() -> str:
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").replace("-", "A")


def _logging() -> tuple[str, ...]:
    prefix = "-Dorg.slf4j.simpleLogger"
    return (
        f"{prefix}.defaultLogLevel=warn",
        f"{prefix}.showDateTime=true",
        f"{prefix}.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
        f"{prefix}.log.kafka.server=info",
        f"{prefix}.log.org.apache.kafka.server=info",
    )


def _settings(data: Path, state: ServiceState) -> str:
    settings = {
        "process.roles": "broker,controller",
        "node.id": 1,
        "controller.quorum.voters": f"1@{HOST}:{state.controller_port}",
        "listeners": f"PLAINTEXT://{HOST}:{state.port},CONTROLLER://{HOST}:{state.controller_port}",
        "advertised.listeners": f"PLAINTEXT://{HOST}:{state.port}",
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": data,
        **SETTINGS,
    }
    return "".join(f"{name}={value}\n" for name, value in settings.items())


SETTINGS = {
    "auto.create.topics.enable": "false",
    "offsets.topic.replication.factor": 1,
    "offsets.topic.num.partitions": 1,
    "transaction.state.log.replication.factor": 1,
    "transaction.state.log.min.isr": 1,
    "transaction.state.log.num.partitions": 1,
    "transaction.max.timeout.ms": 900_000,
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": 1_000,
    "share.coordinator.state.topic.replication.factor": 1,
    "share.coordinator.state.topic.min.isr": 1,
    "share.coordinator.state.topic.num.partitions": 1,
    "group.initial.rebalance.delay.ms": 0,
    "group.min.session.timeout.ms": 2_000,
    "group.consumer.min.session.timeout.ms": 2_000,
    "group.consumer.min.heartbeat.interval.ms": 500,
    "message.max.bytes": 16 * 1024 * 1024,
    "replica.fetch.max.bytes": 16 * 1024 * 1024,
    "log.segment.bytes": 128 * 1024 * 1024,
    "log.index.size.max.bytes": 2 * 1024 * 1024,
    "log.cleaner.dedupe.buffer.size": 16 * 1024 * 1024,
    "log.cleaner.io.buffer.size": 128 * 1024,
    "log.cleaner.threads": 1,
    "num.network.threads": 2,
    "num.io.threads": 4,
    "background.threads": 2,
    "num.recovery.threads.per.data.dir": 2,
}
"""What a laptop needs: no topic by typing mistake, one copy of everything, little memory, quick groups.

Nothing forces data to the disk at each write, as Kafka does everywhere: what the broker has acknowledged
survives the death of the broker, though not in all cases a power cut.
"""
