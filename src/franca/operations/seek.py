"""Moves the stored positions of a pipeline: planned first, then carried out while its workers are paused."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from franca.config.author import author
from franca.config.endpoints import Endpoints
from franca.config.names import ARCHIVE, ON_RAMP
from franca.config.pipelines import build, source_topics
from franca.config.project import Project
from franca.errors import DefinitionError, UnavailableError, UsageError
from franca.operations.control import Controls
from franca.sinks.ledger import Ledger
from franca.sinks.sink import Seekable
from franca.topics.admin import beginnings, ends, matching, offsets_at
from franca.topics.control import Move, Seek, seek_message
from franca.topics.names import consumer_group
from franca.types import Partition, Positions

_TARGETS = "expected earliest, latest, an offset, or a time such as 2026-11-22T10:00:00Z"


class Step(msgspec.Struct, frozen=True):
    """What a seek does with one partition: how many offsets are read again, and how many are skipped.

    Offsets are records, and with them the marks of transactions and what compaction has removed.
    """

    move: Move
    again: int
    skipped: int


class Only(msgspec.Struct, frozen=True):
    """Which partitions a seek is about: all of the pipeline's where nothing is said."""

    topics: tuple[str, ...] = ()
    partition: int | None = None

    def takes(self, place: Partition) -> bool:
        """Return whether a partition is meant."""
        is_topic = not self.topics or place.topic in self.topics
        return is_topic and (self.partition is None or self.partition == place.partition)


class Asked(msgspec.Struct, frozen=True):
    """Where a pipeline is to go: to a target, or to before the seek that is undone."""

    target: str = ""
    only: Only = Only()
    undone: str = ""


class Plan(msgspec.Struct, frozen=True):
    """A seek of one pipeline; partitions that are there already are left out."""

    pipeline: str
    asked: Asked
    steps: tuple[Step, ...]

    @property
    def again(self) -> int:
        """How many offsets are read again in all."""
        return sum(step.again for step in self.steps)

    @property
    def skipped(self) -> int:
        """How many offsets are skipped in all."""
        return sum(step.skipped for step in self.steps)


class Done(msgspec.Struct, frozen=True):
    """What was done: the plan as it was when the pipeline stood still, and no seek where it was there."""

    plan: Plan
    seek: Seek | None


class Seeker:
    """Plans and carries out the seeks of one pipeline. Raises UsageError where it can't be sought."""

    def __init__(self, project: Project, places: Endpoints, pipeline: str) -> None:
        if pipeline.endswith(f".{ARCHIVE}"):
            reason = "the archive's positions are the names of its objects, which are never written again"
            raise UsageError.one(pipeline, reason, "seek the on-ramp, or replay from the archive")
        self._project, self._places, self._pipeline = project, places, pipeline
        self._cluster = places.cluster
        self._admin = self._cluster.admin()
        self._controls = Controls(project, self._cluster)
        self._look()

    def _look(self) -> None:
        topics = matching(self._admin, source_topics(self._project, self._pipeline))
        self._first, self._last = beginnings(self._admin, topics), ends(self._admin, topics)

    def beginnings(self, topics: Sequence[str]) -> Positions:
        """Return the first offset of each partition of some topics of which the beginning is gone."""
        return {place: first for place, first in self._first.items() if first and place.topic in topics}

    def plan(self, target: str, only: Only) -> Plan:
        """Return what it takes to go to a target; nothing is changed. Raises UsageError, UnavailableError."""
        return self._plan(Asked(target, only))

    def undo(self, seek_id: str) -> Plan:
        """Return what it takes to go back to before a seek."""
        return self._plan(Asked(undone=seek_id))

    def history(self) -> list[Seek]:
        """Return the seeks of the pipeline, oldest first. Raises UnavailableError."""
        return list(self._controls.state().seeks.get(self._pipeline, {}).values())

    def carry_out(self, plan: Plan) -> Done:
        """Pause the pipeline where it is not, move its positions, and let it go on where it was not paused.

        A plan tells of a moment: behind the pause one is made anew for the same target, and carried out.
        Raises UsageError where that goes the other way, UnavailableError where a worker heeds no pause.
        """
        was_paused, paused = self._pipeline in self._controls.state().pauses, None
        try:
            (paused,) = self._controls.pause([self._pipeline], reason="its positions are moved")
            if paused.silent:
                workers = ", ".join(paused.silent)
                reason = f"{self._pipeline}: no answer from {workers}, which may be writing"
                raise UnavailableError("kafka", reason, "stop that worker, or try again")
            self._look()
            anew = self._plan(plan.asked)
            self._require_same_way(plan, anew)
            return Done(anew, self._move(anew) if anew.steps else None)
        finally:
            if not was_paused and (paused is None or paused.is_new):  # it may be paused though no answer came
                self._controls.resume([self._pipeline])

    def _require_same_way(self, plan: Plan, anew: Plan) -> None:
        """Raise UsageError where a partition would go the other way than somebody has agreed to."""
        agreed = {step.move.place: step for step in plan.steps}
        for step in anew.steps:
            place, old = step.move.place, agreed.get(step.move.place)
            if old and ((old.again and step.skipped) or (old.skipped and step.again)):
                way = f"{'back' if step.again else 'forward'} from {step.move.before} to {step.move.after}"
                reason = f"{place.topic}/{place.partition}: it has gone on meanwhile, and would go {way} now"
                remedy = f"`franca pause {self._pipeline}` first, then look again with --dry-run"
                raise UsageError.one(self._pipeline, reason, remedy)

    def _move(self, plan: Plan) -> Seek:
        now = datetime.now(UTC)
        seek_id = f"{now:%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:4]}"
        moves = tuple(step.move for step in plan.steps)
        seek = Seek(seek_id, self._pipeline, now.replace(microsecond=0), author(), moves, plan.asked.undone)
        store = self._store()
        store.open()
        try:
            self._controls.tell([seek_message(seek)])
            if not store.move({move.place: (move.before, move.after) for move in moves}):
                self._controls.tell([seek_message(seek, is_void=True)])
                reason = "somebody moves its positions though it is paused, such as a Spark stream"
                raise UsageError.one(self._pipeline, reason, "stop that, then look again with --dry-run")
        finally:
            store.close()
        return seek

    def _plan(self, asked: Asked) -> Plan:
        targets = self._before(asked.undone) if asked.undone else self._targets(asked.target, asked.only)
        return Plan(self._pipeline, asked, self._steps(targets))

    def _before(self, seek_id: str) -> dict[Partition, int]:
        seeks = self.history()
        found = [seek for seek in seeks if seek.id == seek_id]
        if not found:
            there = ", ".join(seek.id for seek in seeks) or "none"
            raise UsageError.one(seek_id, f"no such seek, the pipeline had: {there}", "check the id")
        moves = {m.place: m.before for m in found[0].moves if m.place in self._first}
        return {p: self._first[p] if before is None else before for p, before in moves.items()}

    def _targets(self, target: str, only: Only) -> dict[Partition, int]:
        wanted = [place for place in sorted(self._first) if only.takes(place)]
        if not wanted:
            there = ", ".join(sorted({f"{p.topic}/{p.partition}" for p in self._first})) or "none"
            raise UsageError.one(self._pipeline, f"reads no such partition, only: {there}", "check the names")
        if target == "earliest":
            return {place: self._first[place] for place in wanted}
        if target == "latest":
            return {place: self._last[place] for place in wanted}
        if target.isascii() and target.isdigit():
            if len(wanted) > 1:
                reason = f"the offset {target} would be that of {len(wanted)} partitions"
                raise UsageError.one("--to", reason, "say which with --topic and --partition")
            return {wanted[0]: int(target)}
        try:
            moment = datetime.fromisoformat(target)
        except ValueError:
            raise UsageError.one("--to", f"got {target!r}", _TARGETS) from None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        found = offsets_at(self._admin, {p.topic for p in wanted}, int(moment.timestamp() * 1000))
        return {place: found.get(place, self._last[place]) for place in wanted}

    def _steps(self, targets: Mapping[Partition, int]) -> tuple[Step, ...]:
        stored = self._stored(sorted(targets))
        steps = []
        for place, after in sorted(targets.items()):
            first, last, before = self._first[place], self._last[place], stored.get(place)
            if not first <= after <= last:
                reason = f"got the offset {after}, the partition holds {first} to {last}"
                raise UsageError.one(f"{place.topic}/{place.partition}", reason, "or say earliest or latest")
            here = first if before is None else max(first, min(before, last))
            if after != (first if before is None else before):
                move = Move(place.topic, place.partition, place.topic_id, before, after)
                steps.append(Step(move, max(0, here - after), max(0, after - here)))
        return tuple(steps)

    def _stored(self, places: Sequence[Partition]) -> Positions:
        store = self._store()
        store.open()
        try:
            return store.positions(places)
        finally:
            store.close()

    def _store(self) -> Seekable:
        if self._pipeline.endswith(f".{ON_RAMP}"):
            application = self._project.application(self._pipeline.rpartition(".")[0])
            return Ledger(self._cluster, consumer_group(self._pipeline), application.epoch)
        sink = build(self._project, self._places, self._pipeline, "seek").sink
        if not hasattr(sink, "move"):
            raise DefinitionError.one(self._pipeline, "its positions can't be moved")
        return sink  # type: ignore[return-value]  # lake and store both are
