"""Up to where an entity's events are in its snapshot: an offset per partition, in the table's properties."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from franca.errors import DefinitionError

PROPERTY = "franca.position"
"""The property of a `snapshot` table that holds its position, as JSON."""

DELETED = "franca.deleted"
"""The property of a `snapshot` table that holds up to where `deleted` told of deletes when it was folded."""

MOVES = "franca.moves"
"""The property of a `snapshot` table that counts how often `franca seek` had events folded again."""

REMEDY = "remove the folders of the snapshot and of `deleted`, and fold anew"
"""What to do about a snapshot that is not what its events say."""


class Reached(NamedTuple):
    """How far the events of a partition are folded: those before `next`, whose sequences go up to `most`.

    `held` is the largest that `next` ever was: what is read again is folded again, and in the rows already.
    """

    topic_id: str
    partition: int
    next: int
    most: str
    held: int = 0


Position = tuple[Reached, ...]
"""One entry per partition of each topic that was ever folded, in the order of topic and partition."""


def position_of(properties: Mapping[str, str | None], name: str = PROPERTY) -> Position:
    """Return the position that one of a table's properties tells, an empty one where it tells none.

    Raises DefinitionError where it is none.
    """
    text = properties.get(name)
    try:
        return () if not text else msgspec.json.decode(text, type=Position)
    except msgspec.DecodeError as error:
        raise DefinitionError.one("lake", f"{name} of a snapshot is damaged: {error}", REMEDY) from error


def written(position: Position) -> str:
    """Return the position as the property holds it."""
    return msgspec.json.encode(position).decode()


def joined(before: Position, after: Iterable[Reached]) -> Position:
    """Return the furthest of each partition in either position."""
    found = {entry[:2]: entry for entry in before}
    for entry in after:
        known = found.get(entry[:2], entry)
        following = max(known.next, entry.next)
        found[entry[:2]] = Reached(
            entry.topic_id,
            entry.partition,
            following,
            max(known.most, entry.most),
            max(known.held, following),
        )
    return tuple(found[name] for name in sorted(found))


def is_within(position: Position, other: Position) -> bool:
    """Return whether no partition of a position is folded further than in another one."""
    known = {entry[:2]: entry.next for entry in other}
    return all(entry.next <= known.get(entry[:2], 0) for entry in position)


def lowered(position: Position, moves: Mapping[tuple[str, int], int]) -> Position:
    """Return the position where some partitions are folded no further than up to an offset each."""
    return tuple(entry._replace(next=min(entry.next, moves.get(entry[:2], entry.next))) for entry in position)


def held(position: Position) -> Position:
    """Return the position up to which events are in the rows, whatever is folded again."""
    return tuple(entry._replace(next=entry.held) for entry in position)


def later(position: Position) -> str:
    """Return the SQL condition on a row of `events` that it is not folded yet."""
    return f"NOT ({_any(position, '<')})" if position else "TRUE"


def beyond(ends: Position) -> str:
    """Return the SQL condition on a row of `events` that it stands behind where its partition goes on."""
    return f"({_any(ends, '>=')})" if ends else "FALSE"


def _any(position: Position, sign: str) -> str:
    """Return the condition that a row's offset compares so with where its partition is."""
    return " OR ".join(
        f'("_topic_id" = {_text(entry.topic_id)} AND "_partition" = {entry.partition} '
        f'AND "_offset" {sign} {entry.next})'
        for entry in position
    )


def contested(position: Position) -> str:
    """Return the SQL condition on a row of `events` that what is folded of its key may be newer.

    A topic has all events of a key in one partition, and in order but for repeats and late ones: only an
    event whose sequence is no larger than what was folded of that partition, and of other topics, may be
    older than what is folded of its key.
    """
    newer = (
        f'("_topic_id" = {_text(topic_id)} AND "_partition" = {partition} AND "_sequence" > {_text(most)})'
        for (topic_id, partition), most in reached_before(position).items()
    )
    return f"NOT ({' OR '.join(newer)})" if position else "TRUE"


def reached_before(position: Position) -> dict[tuple[str, int], str]:
    """Return for each partition the largest sequence that is folded of it, or of another topic."""
    topics: dict[str, str] = {}
    for entry in position:
        topics[entry.topic_id] = max(topics.get(entry.topic_id, ""), entry.most)
    others = {
        topic: max((most for other, most in topics.items() if other != topic), default="") for topic in topics
    }
    return {entry[:2]: max(entry.most, others[entry.topic_id]) for entry in position}


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
