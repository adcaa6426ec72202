"""What Kafka's broker reads before it starts: its settings and its storage's identity."""

import base64
import re
import shutil
import uuid
from contextlib import suppress
from pathlib import Path

from franca.local.jvm import Jvm
from franca.local.memory import ServiceState
from franca.local.ports import HOST
from franca.local.process import Program

FIRST_RECORD = "bootstrap.checkpoint"
LARGEST_MESSAGE_BYTES = 16 * 1024 * 1024

SETTINGS = {
    "auto.create.topics.enable": "false",
    "offsets.topic.replication.factor": 1,
    "offsets.topic.num.partitions": 1,
    "transaction.state.log.replication.factor": 1,
    "transaction.state.log.min.isr": 1,
    "transaction.state.log.num.partitions": 1,
    "offsets.retention.minutes": 10 * 365 * 24 * 60,
    "transaction.max.timeout.ms": 900_000,
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": 1_000,
    "share.coordinator.state.topic.replication.factor": 1,
    "share.coordinator.state.topic.min.isr": 1,
    "share.coordinator.state.topic.num.partitions": 1,
    "group.initial.rebalance.delay.ms": 0,
    "group.min.session.timeout.ms": 2_000,
    "group.consumer.min.session.timeout.ms": 2_000,
    "group.consumer.min.heartbeat.interval.ms": 500,
    "message.max.bytes": LARGEST_MESSAGE_BYTES,
    "replica.fetch.max.bytes": LARGEST_MESSAGE_BYTES,
    "log.segment.bytes": 128 * 1024 * 1024,
    "log.index.size.max.bytes": 2 * 1024 * 1024,
    "log.cleaner.dedupe.buffer.size": 16 * 1024 * 1024,
    "log.cleaner.io.buffer.size": 2 * LARGEST_MESSAGE_BYTES // 16,
    "log.cleaner.threads": 1,
    "num.network.threads": 2,
    "num.io.threads": 4,
    "background.threads": 2,
    "num.recovery.threads.per.data.dir": 2,
}
"""What a laptop needs: no topic by typing mistake, one copy of everything, little memory, quick groups.

A group's positions are kept for years, since a machine may be off for weeks, and a pipeline whose positions
are gone begins again at the first message.

Nothing forces data to the disk at each write, as Kafka does everywhere: what the broker has acknowledged
survives the death of the broker, though the last seconds may not survive a power cut.
"""


class Storage:
    """The broker's folder: settings, `data`, `tmp`. Relative paths spare Kafka's rules for names."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.identity = folder / "data" / "meta.properties"

    def write_settings(self, state: ServiceState) -> None:
        """Write the settings for the ports in `state`, and clear what a killed broker left in `tmp`."""
        (self.folder / "server.properties").write_text(_settings("data", state), encoding="ascii")
        shutil.rmtree(self.folder / "tmp", ignore_errors=True)
        (self.folder / "tmp").mkdir()

    def format(self, jvm: Jvm, log: Path) -> bool:
        """Make the storage where there is none; False when Kafka's own tool failed.

        The identity is a text; the first record is the same for all storages of one version of Kafka, so
        Kafka's tool is run once for each version and its record kept beside the jars.
        """
        if self.identity.exists():
            return True
        kept = jvm.cache / FIRST_RECORD
        self.identity.parent.mkdir(exist_ok=True)
        if kept.exists():
            shutil.copyfile(kept, self.identity.with_name(FIRST_RECORD))
        elif not self._make_first_record(jvm, log, kept):
            return False
        lines = f"version=1\nnode.id=1\ncluster.id={identifier()}\ndirectory.id={identifier()}\n"
        draft = self.identity.with_suffix(".draft")
        draft.write_text(lines, encoding="ascii")
        draft.replace(self.identity)
        return True

    def cluster_id(self) -> str:
        """Return the name that the broker gives to clients."""
        found = re.search(r"^cluster\.id=(.+)$", self.identity.read_text(encoding="ascii"), re.MULTILINE)
        return found[1] if found else ""

    def _make_first_record(self, jvm: Jvm, log: Path, kept: Path) -> bool:
        scratch = self.folder / "format"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
        any_ports = ServiceState(port=1, controller_port=2)
        (scratch / "server.properties").write_text(_settings("format", any_ports), encoding="ascii")
        tool = ("kafka.tools.StorageTool", "format", "-t", identifier(), "-c", "format/server.properties")
        if not Program(jvm.command(*tool), self.folder, log).run():
            return False
        shutil.copyfile(scratch / FIRST_RECORD, self.identity.with_name(FIRST_RECORD))
        with suppress(OSError):  # a cache that can't be written is no reason not to start
            draft = kept.with_name(f"{FIRST_RECORD}-{uuid.uuid4().hex}")
            shutil.copyfile(scratch / FIRST_RECORD, draft)
            draft.replace(kept)
        shutil.rmtree(scratch)
        return True


def identifier() -> str:
    """Return a new identifier of Kafka's kind: a UUID in 22 letters that does not begin with a dash."""
    text = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    return text if text[0] != "-" else identifier()


def _settings(logs: str, state: ServiceState) -> str:
    settings = {
        "process.roles": "broker,controller",
        "node.id": 1,
        "controller.quorum.voters": f"1@{HOST}:{state.controller_port}",
        "listeners": f"PLAINTEXT://{HOST}:{state.port},CONTROLLER://{HOST}:{state.controller_port}",
        "advertised.listeners": f"PLAINTEXT://{HOST}:{state.port}",
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": logs,
        **SETTINGS,
    }
    return "".join(f"{name}={value}\n" for name, value in settings.items())
