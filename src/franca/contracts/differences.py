"""What is different between two contracts of an entity, one by one. `verdicts.py` judges it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from franca.contracts.bounds import Limits, limits_of
from franca.contracts.contract import INT64, Contract, Member
from franca.model.kind import Kind
from franca.model.renaming import renamed

Change: TypeAlias = Literal[
    "field-added",
    "required-field-added",
    "field-removed",
    "field-renamed",
    "type-widened",
    "type-narrowed",
    "type-changed",
    "null-allowed",
    "null-forbidden",
    "key-changed",
    "link-added",
    "link-removed",
    "link-changed",
    "value-added",
    "value-removed",
    "constraint-loosened",
    "constraint-tightened",
    "constraint-changed",
    "pii-marked",
    "pii-unmarked",
    "description-changed",
    "entity-removed",
]


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference: what changed, where (empty for the entity itself), and from what to what, in words."""

    change: Change
    path: str = ""
    before: str = ""
    after: str = ""


def differences(old: Contract, new: Contract) -> list[Difference]:
    """Return all that is different, in the order of the new contract's fields. The order is no difference."""
    found = []
    if old.keys != new.keys:
        found.append(Difference("key-changed", "", ", ".join(old.keys), ", ".join(new.keys)))
    if old.description != new.description:
        found.append(Difference("description-changed"))
    return [*found, *_among(old.members, new.members, "")]


def _among(old: Sequence[Member], new: Sequence[Member], place: str) -> Iterator[Difference]:
    before = {member.name: member for member in old}
    after = {member.name: member for member in new}
    gone = [member for member in old if member.name not in after]
    renamed = _renamed(gone, [member for member in new if member.name not in before])
    for member in new:
        path = f"{place}{member.name}"
        if member.name in before:
            yield from _within(before[member.name], member, path)
        elif member.name in renamed:
            yield Difference("field-renamed", place + renamed[member.name], renamed[member.name], member.name)
        else:
            yield Difference(
                "field-added" if member.nullable else "required-field-added", path, "", type_text(member)
            )
    for member in gone:
        if member.name not in renamed.values():
            yield Difference("field-removed", f"{place}{member.name}", type_text(member), "")


def _renamed(gone: Sequence[Member], come: Sequence[Member]) -> dict[str, str]:
    """Return the former names of fields that seem to be renamed: of those that are the same in all else."""
    was, is_now = ({member.name: _nameless(member) for member in some} for some in (gone, come))
    return {new: old for old, new in renamed(was, is_now).items()}


def _nameless(member: Member) -> Member:
    return replace(member, name="", description="")


def _within(old: Member, new: Member, path: str) -> Iterator[Difference]:
    """Yield what is different in one field, and in what is inside it."""
    kind = _type_change(old, new)
    if kind is not None:
        yield Difference(kind, path, type_text(old), type_text(new))
    if old.nullable != new.nullable:
        yield Difference("null-allowed" if new.nullable else "null-forbidden", path)
    if old.link != new.link:
        yield _link_difference(old, new, path)
    if old.pii != new.pii:
        yield Difference("pii-marked" if new.pii else "pii-unmarked", path)
    if old.description != new.description:
        yield Difference("description-changed", path)
    if kind == "type-changed":
        return
    yield from _values(old, new, path)
    yield from _limits(old, new, path)
    if old.item is not None and new.item is not None:
        yield from _within(old.item, new.item, f"{path}[]")
    yield from _among(old.members, new.members, f"{path}.")


def _type_change(old: Member, new: Member) -> Change | None:
    """Return how the type changed, as far as columns and values are concerned."""
    if {old.kind, new.kind} == {Kind.TEXT.value, Kind.ENUM.value}:
        return None  # the same text in the same columns: a matter of which values there may be
    if old.kind != new.kind:
        pair = (old.kind, new.kind)
        widths: dict[tuple[str, str], Change] = {
            (INT64, Kind.INTEGER.value): "type-widened",
            (Kind.INTEGER.value, INT64): "type-narrowed",
        }
        return widths.get(pair, "type-changed")
    if (old.precision, old.scale) == (new.precision, new.scale):
        return None
    whole = _whole_digits(new) - _whole_digits(old)
    part = (new.scale or 0) - (old.scale or 0)
    if whole >= 0 and part >= 0:
        return "type-widened"
    return "type-narrowed" if whole <= 0 and part <= 0 else "type-changed"


def _whole_digits(member: Member) -> int:
    return (member.precision or 0) - (member.scale or 0)


def _link_difference(old: Member, new: Member, path: str) -> Difference:
    change: Change = "link-changed"
    if old.link is None or new.link is None:
        change = "link-added" if old.link is None else "link-removed"
    return Difference(change, path, _link_text(old), _link_text(new))


def _link_text(member: Member) -> str:
    return ", ".join(dict.fromkeys(entity for _, entity in member.link.entities)) if member.link else ""


def _values(old: Member, new: Member, path: str) -> Iterator[Difference]:
    if not old.values and not new.values:
        return
    if not old.values or not new.values:
        change: Change = "constraint-loosened" if old.values else "constraint-tightened"
        yield Difference(change, path, _values_text(old), _values_text(new))
        return
    for value in new.values:
        if value not in old.values:
            yield Difference("value-added", path, "", value)
    for value in old.values:
        if value not in new.values:
            yield Difference("value-removed", path, value, "")


def _values_text(member: Member) -> str:
    return "one of " + ", ".join(member.values) if member.values else "any text"


def _limits(old: Member, new: Member, path: str) -> Iterator[Difference]:
    """Yield a difference for each constraint that changed: length, range, pattern."""
    before, after = limits_of(old), limits_of(new)
    for name in Limits._fields:
        was, now = getattr(before, name), getattr(after, name)
        if was != now:
            yield Difference(was.change_to(now), path, str(was), str(now))


def type_text(member: Member) -> str:
    """Return a field's type for people, as a model has it."""
    if member.kind == Kind.DECIMAL.value:
        return f"decimal({member.precision}, {member.scale})"
    if member.item is not None:
        return f"list of {type_text(member.item)}"
    names = {INT64: "integer within 64 bits", Kind.STRUCT.value: "nested value"}
    return names.get(member.kind, member.kind)
