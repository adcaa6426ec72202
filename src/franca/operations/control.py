"""Pauses pipelines and lets them go on, for all their workers, wherever they run."""

import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

import msgspec
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import ConsumerGroupDescription, MemberDescription

from franca.config.author import author
from franca.config.names import worker_of
from franca.config.project import Project
from franca.config.topics import control_plan
from franca.errors import UnavailableError
from franca.sinks.publisher import Publisher
from franca.sources.extract import extract
from franca.topics.admin import ensure_topics, matching
from franca.topics.cluster import WAIT_SECONDS, Cluster, coordinated, translated
from franca.topics.control import ControlState, Pause, pause_message
from franca.topics.names import CONTROL_TOPIC, consumer_group
from franca.topics.rights import Right
from franca.types import Message

LOOK_SECONDS = 0.2
PATIENCE_SECONDS = 5.0
"""How much longer than a session a worker may take to say that it heeds a pause."""


class Paused(msgspec.Struct, frozen=True):
    """A pipeline's pause, and which of its workers heed it already and which have not said so."""

    pipeline: str
    pause: Pause
    is_new: bool
    heeding: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()


class Controls:
    """The control topic of a project's cluster, as the command line uses it."""

    def __init__(self, project: Project, cluster: Cluster) -> None:
        self._project = project
        self._cluster = cluster
        self._admin = cluster.admin()

    def state(self) -> ControlState:
        """Return what holds now. Raises UnavailableError."""
        state = ControlState()
        for record in extract(self._cluster, matching(self._admin, [CONTROL_TOPIC])):
            state.take(record.key, record.value)
        return state

    def pause(self, pipelines: Sequence[str], reason: str = "") -> list[Paused]:
        """Pause pipelines, and wait until their workers heed it; one that is paused stays as it is.

        A worker that a machine has lost is a member of its group until its session ends: so long is waited.
        Raises UnavailableError.
        """
        held = self.state().pauses
        since, by = datetime.now(UTC).replace(microsecond=0), author()
        new = {name: Pause(uuid.uuid4().hex, since, by, reason) for name in pipelines if name not in held}
        self.tell([pause_message(name, pause) for name, pause in new.items()])
        return self._heeded({name: new.get(name) or held[name] for name in pipelines}, new)

    def resume(self, pipelines: Sequence[str]) -> dict[str, Pause | None]:
        """Let pipelines go on; return the pause that each had. Raises UnavailableError."""
        held = self.state().pauses
        self.tell([pause_message(name, None) for name in pipelines if name in held])
        return {name: held.get(name) for name in pipelines}

    def tell(self, messages: Sequence[Message]) -> None:
        """Put messages on the control topic, made first where it is missing. Raises UnavailableError."""
        if messages:
            ensure_topics(self._admin, [control_plan(self._project)])
            Publisher(self._cluster).publish(messages)

    def _heeded(self, pauses: Mapping[str, Pause], new: Iterable[str]) -> list[Paused]:
        """Wait for the workers, and tell which heed the pauses."""
        deadline = time.monotonic() + self._project.settings.run.session_seconds + PATIENCE_SECONDS
        while True:
            heeds = self.state().heeds
            found = []
            for name, pause in pauses.items():
                workers = self._workers(name)
                heeding = tuple(w for w in workers if heeds.get((name, w)) == pause.id)
                silent = tuple(w for w in workers if w not in heeding)
                found.append(Paused(name, pause, name in new, heeding, silent))
            if not any(each.silent for each in found) or time.monotonic() > deadline:
                return found
            time.sleep(LOOK_SECONDS)

    def _workers(self, pipeline: str) -> list[str]:
        """Return the names of the workers that are in a pipeline's group, on whatever machine."""
        group = consumer_group(pipeline)
        try:
            members = coordinated(lambda: self._described(group)).members
        except KafkaException as error:
            if error.args[0].code() == KafkaError.GROUP_ID_NOT_FOUND:
                return []
            raise translated(error, Right("DESCRIBE", "group", group)) from error
        except TimeoutError as error:
            raise UnavailableError("kafka", f"no answer in {2 * WAIT_SECONDS:.0f} s") from error
        return sorted(_worker(member) for member in members)

    def _described(self, group: str) -> ConsumerGroupDescription:
        futures = self._admin.describe_consumer_groups([group], request_timeout=WAIT_SECONDS)
        described: ConsumerGroupDescription = futures[group].result(2 * WAIT_SECONDS)
        return described


def _worker(member: MemberDescription) -> str:
    return worker_of(member.group_instance_id) if member.group_instance_id else str(member.member_id)
