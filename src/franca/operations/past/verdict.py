"""What a replay changes about one entity: what its newest event is now, beside what stands on the topic."""

from typing import Any, Literal, TypeAlias

import msgspec

from franca.lake.states import State

Kind: TypeAlias = Literal["created", "changed", "deleted", "same", "overtaken", "late"]
PUBLISHED: frozenset[Kind] = frozenset({"created", "changed", "deleted"})


class Content(msgspec.Struct, gc=False):
    """What of an event is a fact."""

    type: str
    data: msgspec.Raw
    id: str = ""

    @property
    def is_delete(self) -> bool:
        """Whether the event says that its entity is gone."""
        return self.type.endswith(".deleted")


content_of = msgspec.json.Decoder(Content).decode


def verdict(made: State, standing: State | None) -> Kind:
    """Return what the newest event that was made does to what stands.

    `late` is one that comes from behind the time that is replayed; `overtaken` one that a newer event of its
    key stands beside. What stands by the same or a newer version of the mappings stays.
    """
    if made.is_late:
        return "late"
    if standing is None:
        return "same" if made.is_delete else "created"
    if made[:2] < standing[:2]:
        return "overtaken"
    if made[:2] == standing[:2]:
        return "same"
    if made.is_delete:
        return "same" if standing.is_delete else "deleted"
    if standing.is_delete:
        return "created"
    return "changed" if differences(standing.value, made.value) else "same"


def differences(old: bytes | None, new: bytes | None) -> dict[str, tuple[Any, Any]]:
    """Return the fields that differ between two events, before and after; None and deletes have none."""
    before, after = _data(old), _data(new)
    if bytes(before) == bytes(after):
        return {}
    was, is_now = _fields(before), _fields(after)
    return {
        name: (was.get(name), is_now.get(name))
        for name in {**is_now, **was}
        if was.get(name) != is_now.get(name)
    }


def _data(event: bytes | None) -> msgspec.Raw:
    content = None if event is None else content_of(event)
    return _NOTHING if content is None or content.is_delete else content.data


def _fields(data: msgspec.Raw) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(data)
    return found


_NOTHING = msgspec.Raw(b"{}")
