"""Events as they stand on an entity's topic: CloudEvents in structured JSON.

What is the same in all events of a mapping is encoded once; one event is one encoding.
"""

from typing import Any, NamedTuple

import msgspec

_encode = msgspec.json.Encoder().encode


class _Written(msgspec.Struct, gc=False):
    """The contract's fields in their order; neighbours that never change between events share a `Raw`."""

    specversion: msgspec.Raw
    id: str
    source: msgspec.Raw
    subject: str
    time: str
    datacontenttype: msgspec.Raw
    sequence: str
    origin: msgspec.Raw
    data: Any


class Stamp(NamedTuple):
    """What all events of one mapping have in common.

    `source` is the lineage, `origin` the application whose user makes the changes, `version` the number
    and hash of the mappings.
    """

    entity: str
    source: str
    origin: str
    version: str


class EventWriter:
    """Writes the events of one mapping: `changed` with all fields as data, `deleted` with the key fields."""

    def __init__(self, stamp: Stamp, contract: int = 1) -> None:
        self._specversion = msgspec.Raw(b'"1.0"')
        self._changed = _raw(stamp.source, type=f"{stamp.entity}.changed")
        self._deleted = _raw(stamp.source, type=f"{stamp.entity}.deleted")
        self._content = _raw("application/json", dataschema=f"{stamp.entity}/{contract}")
        self._origin = _raw(stamp.origin, mapping=stamp.version)

    def changed(self, place: str, subject: str, time: str, sequence: str, data: Any) -> bytes:
        """Return the event of a fact; `place` is the change's position, mapping and item."""
        return _encode(
            _Written(
                self._specversion,
                place + "/c",
                self._changed,
                subject,
                time,
                self._content,
                sequence,
                self._origin,
                data,
            )
        )

    def deleted(self, place: str, subject: str, time: str, sequence: str, data: Any) -> bytes:
        """Return the event that ends a fact; `data` holds the key fields."""
        return _encode(
            _Written(
                self._specversion,
                place + "/d",
                self._deleted,
                subject,
                time,
                self._content,
                sequence,
                self._origin,
                data,
            )
        )


def _raw(value: str, **following: str) -> msgspec.Raw:
    """Return a value's JSON with the fields that follow it: `"crm/cust","type":"individual.changed"`."""
    parts = [_encode(value), *(_encode(name) + b":" + _encode(text) for name, text in following.items())]
    return msgspec.Raw(b",".join(parts))
