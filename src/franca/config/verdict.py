"""What a replay changes about one entity: what its newest event is now, beside what stands on the topic."""

from typing import Any, Literal, NamedTuple, TypeAlias

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


class Verdict(NamedTuple):
    """What becomes of an entity, and its fields before and after where they differ; None is none."""

    kind: Kind
    fields: dict[str, tuple[Any, Any]]


def verdict(made: State, standing: State | None) -> Verdict:
    """Return what the newest event that was made does to what stands.

    `late` is one that comes from behind the time that is replayed; `overtaken` one that a newer event of its
    key stands beside. What stands by the same or a newer version of the mappings stays.
    """
    if made.is_late:
        return Verdict("late", {})
    new = content_of(made.value)
    if standing is None:
        return Verdict("same", {}) if new.is_delete else Verdict("created", _differences(None, new))
    if (made.sequence, made.number) < (standing.sequence, standing.number):
        return Verdict("overtaken", {})
    if (made.sequence, made.number) == (standing.sequence, standing.number):
        return Verdict("same", {})
    old = content_of(standing.value)
    if new.is_delete or old.is_delete:
        if new.is_delete == old.is_delete:
            return Verdict("same", {})
        return (
            Verdict("deleted", _differences(old, None))
            if new.is_delete
            else Verdict("created", _differences(None, new))
        )
    fields = _differences(old, new)
    return Verdict("changed" if fields else "same", fields)


def _differences(old: Content | None, new: Content | None) -> dict[str, tuple[Any, Any]]:
    if old is not None and new is not None and bytes(old.data) == bytes(new.data):
        return {}
    before, after = _data(old), _data(new)
    return {
        name: (before.get(name), after.get(name))
        for name in {**after, **before}
        if before.get(name) != after.get(name)
    }


def _data(content: Content | None) -> dict[str, Any]:
    found: dict[str, Any] = {} if content is None else msgspec.json.decode(content.data)
    return found
