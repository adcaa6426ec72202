"""Events as they stand on an entity's topic: CloudEvents in structured JSON.

What is the same in all events of a mapping is encoded once; one event is one encoding.
"""

from typing import Any, NamedTuple

import msgspec

encode_event = msgspec.json.Encoder().encode
"""Encodes a `Written` event."""


OPEN = "\0"
"""Marks what changes from event to event; no name holds it."""


class Written(msgspec.Struct, gc=False):
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
    and hash of the mappings, `contract` the number of the entity's published contract.
    """

    entity: str
    source: str
    origin: str
    version: str
    contract: int = 1


class Constants(NamedTuple):
    """The parts of a mapping's events that never change, encoded: of a fact, and of its end."""

    specversion: msgspec.Raw
    changed: msgspec.Raw
    deleted: msgspec.Raw
    content: msgspec.Raw
    origin: msgspec.Raw


def constants_of(stamp: Stamp) -> Constants:
    """Return the encoded parts: `changed` is source and type, `content` the data's type and schema."""
    return Constants(
        _raw("1.0"),
        _raw(stamp.source, type=f"{stamp.entity}.changed"),
        _raw(stamp.source, type=f"{stamp.entity}.deleted"),
        _raw("application/json", dataschema=f"{stamp.entity}/{stamp.contract}"),
        _raw(stamp.origin, mapping=stamp.version),
    )


def envelope(constants: Constants, place: str) -> list[bytes]:
    """Return what stands between the changing parts of a fact's bytes.

    These parts are those of the id, subject, time, sequence and data, each as JSON without quotes, but the
    data. `place` is the id, `OPEN` where it changes.
    """
    event = Written(
        constants.specversion,
        place,
        constants.changed,
        OPEN,
        OPEN,
        constants.content,
        OPEN,
        constants.origin,
        msgspec.Raw(encode_event(OPEN)[1:-1]),
    )
    return encode_event(event).split(encode_event(OPEN)[1:-1])


def _raw(value: str, **following: str) -> msgspec.Raw:
    parts = [
        encode_event(value),
        *(f'"{name}":'.encode() + encode_event(text) for name, text in following.items()),
    ]
    return msgspec.Raw(b",".join(parts))
