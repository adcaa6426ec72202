"""Reads events of one entity fast: what is text in JSON stays text, and nobody looks into it.

Some texts of the envelope are the same from event to event. Those that came before are recognized, which
takes a third of the time of making them anew.
"""

from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeAlias, cast

import msgspec

from franca.model.kind import Kind
from franca.model.shape import Shape
from franca.topics.event_decoder import LEAVES, Event, data_class, event_class

Decode: TypeAlias = Callable[[bytes], Event]

KNOWN_TEXTS = 32
"""Of what has more texts than this, none is recognized: it may be different in each event."""

_TEXTS = {**LEAVES, **dict.fromkeys((Kind.DATE, Kind.TIME, Kind.TIMESTAMP, Kind.UUID), str)}


class EventTexts:
    """Two decoders, both of which raise what msgspec raises where JSON's types are not the model's.

    `decode` takes each event that `EventDecoder` takes. `usual` takes those alone whose repeating texts were
    `learned`, and is faster.
    """

    def __init__(self, shape: Shape) -> None:
        self._data = data_class(shape, _TEXTS)
        self._type = Literal[f"{shape.entity}.changed", f"{shape.entity}.deleted"]
        self._known: dict[str, dict[str | None, None]] = {
            name: {} for name in ("source", "mapping", "origin", "dataschema")
        }
        self.decode = self._decoder({})
        self.usual = self._decoder(dict.fromkeys(self._known, Literal[""]))

    def learn(self, events: Sequence[Event]) -> None:
        """Recognize from now on the texts that these events repeat."""
        is_new = False
        for name, known in self._known.items():
            for text in {getattr(event, name) for event in events}.difference(known):
                if len(known) <= KNOWN_TEXTS:
                    known[text], is_new = None, True
        if is_new:
            self.usual = self._decoder(
                {
                    name: Literal[tuple(known)]
                    for name, known in self._known.items()
                    if len(known) <= KNOWN_TEXTS
                }
            )

    def _decoder(self, envelope: dict[str, Any]) -> Decode:
        found = event_class(self._data, type=self._type, **envelope)
        return cast("Decode", msgspec.json.Decoder(found).decode)
