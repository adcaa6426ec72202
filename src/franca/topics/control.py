"""What stands on the control topic: which pipelines are paused, who heeds it, what was sought, what is read.

Keys are `pause/<pipeline>`, `heed/<pipeline>/<worker>`, `seek/<pipeline>/<id>` and
`topic/<pipeline>/<topic>`; values are JSON.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

import msgspec

from franca.topics.names import CONTROL_TOPIC
from franca.types import Message, Partition


class Pause(msgspec.Struct, frozen=True, omit_defaults=True):
    """That a pipeline is paused: since when (UTC), by whom, and why. `id` tells it from earlier ones."""

    id: str
    since: datetime
    by: str
    reason: str = ""

    def __str__(self) -> str:
        why = f": {self.reason}" if self.reason else ""
        return f"paused since {self.since:%Y-%m-%d %H:%M:%S} UTC by {self.by}{why}"


class Heed(msgspec.Struct, frozen=True):
    """That a worker heeds the pause of that id: it has nothing in hand and writes nothing."""

    pause: str


class Move(msgspec.Struct, frozen=True):
    """One partition's stored position before and after a seek; before is None where nothing was stored."""

    topic: str
    partition: int
    topic_id: str
    before: int | None
    after: int

    @property
    def place(self) -> Partition:
        """The partition."""
        return Partition(self.topic, self.partition, self.topic_id)


class Seek(msgspec.Struct, frozen=True, omit_defaults=True):
    """That a pipeline's positions were moved: when (UTC), by whom, from where to where."""

    id: str
    pipeline: str
    time: datetime
    by: str
    moves: tuple[Move, ...]
    undone: str = ""


class Incarnation(msgspec.Struct, frozen=True):
    """As which incarnation a pipeline reads a topic: its id, and the highest epoch that it was read under."""

    topic_id: str
    epoch: int


Words: TypeAlias = Pause | Heed | Seek | Incarnation


@dataclass(slots=True)
class ControlState:
    """What the topic's messages amount to, taken one by one in their order.

    Heeds are by pipeline and worker and hold the pause's id; seeks are by pipeline, oldest first;
    incarnations are by pipeline and topic.
    """

    pauses: dict[str, Pause] = field(default_factory=dict)
    heeds: dict[tuple[str, str], str] = field(default_factory=dict)
    seeks: dict[str, dict[str, Seek]] = field(default_factory=dict)
    incarnations: dict[tuple[str, str], Incarnation] = field(default_factory=dict)

    def take(self, key: bytes | None, value: bytes | None) -> None:
        """Take a message; what is none of franca's is passed over."""
        kind, _, rest = (key or b"").decode(errors="replace").partition("/")
        pipeline, _, name = rest.partition("/")
        try:
            if kind == "pause":
                self._pause(pipeline, value)
            elif kind == "heed" and value is not None:
                self.heeds[pipeline, name] = msgspec.json.decode(value, type=Heed).pause
            elif kind == "seek":
                self._seek(pipeline, name, value)
            elif kind == "topic" and value is not None:
                self.incarnations[pipeline, name] = msgspec.json.decode(value, type=Incarnation)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return

    def _pause(self, pipeline: str, value: bytes | None) -> None:
        if value is None:
            self.pauses.pop(pipeline, None)
        else:
            self.pauses[pipeline] = msgspec.json.decode(value, type=Pause)

    def _seek(self, pipeline: str, name: str, value: bytes | None) -> None:
        seeks = self.seeks.setdefault(pipeline, {})
        seeks.pop(name, None)
        if value is not None:
            seeks[name] = msgspec.json.decode(value, type=Seek)


def pause_message(pipeline: str, pause: Pause | None) -> Message:
    """Return the message that pauses a pipeline, or lets it go on."""
    return _message(f"pause/{pipeline}", pause)


def heed_message(pipeline: str, worker: str, pause: Pause) -> Message:
    """Return the message by which a worker says that it heeds a pause."""
    return _message(f"heed/{pipeline}/{worker}", Heed(pause.id))


def seek_message(seek: Seek, *, is_void: bool = False) -> Message:
    """Return the message that records a seek, or that it came to nothing."""
    return _message(f"seek/{seek.pipeline}/{seek.id}", None if is_void else seek)


def incarnation_message(pipeline: str, topic: str, incarnation: Incarnation) -> Message:
    """Return the message by which a pipeline remembers as which incarnation it reads a topic."""
    return _message(f"topic/{pipeline}/{topic}", incarnation)


def _message(key: str, value: Words | None) -> Message:
    return CONTROL_TOPIC, key.encode(), None if value is None else msgspec.json.encode(value)
