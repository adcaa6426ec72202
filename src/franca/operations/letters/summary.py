"""A dead letter without its record, so that hundreds of thousands fit into memory; and groups of them."""

from collections.abc import Iterable

import msgspec

from franca.topics.dead_letter import DeadLetter, Discarded
from franca.types import Record


class Summary(msgspec.Struct, frozen=True, gc=False):
    """What is listed of a letter. `topic` and `timestamp` (milliseconds, -1 where unknown) are its record's.

    `refused_at` is when it was refused, likewise. `place` is where the letter itself stands: topic,
    partition, offset.
    """

    id: str
    application: str
    table: str
    stage: str
    path: str
    code: str
    reason: str
    refused_by: str
    mapping: str
    tried: int
    topic: str
    timestamp: int
    refused_at: int
    place: tuple[str, int, int]
    discarded: Discarded | None = None


class Group(msgspec.Struct):
    """Letters with the same application, table, stage, path and code; `example` is the newest of them.

    `first` and `last` are when their records came, in milliseconds, `refused_first` and `refused_last` when
    they were refused; `tried` is the most of any.
    """

    application: str
    table: str
    stage: str
    path: str
    code: str
    letters: int
    first: int
    last: int
    refused_first: int
    refused_last: int
    tried: int
    example: Summary


def summary_of(letter: DeadLetter, record: Record, table: str) -> Summary:
    """Return the summary of a letter that stands on its topic as that record."""
    line = letter.line
    return Summary(
        letter.id,
        letter.application,
        table,
        letter.stage,
        letter.path,
        letter.code,
        letter.reason,
        letter.refused_by,
        letter.mapping,
        letter.tried,
        line.topic,
        -1 if line.timestamp is None else line.timestamp,
        -1 if letter.refused_at is msgspec.UNSET else letter.refused_at,
        (record.topic, record.partition, record.offset),
        letter.discarded if isinstance(letter.discarded, Discarded) else None,
    )


def grouped(letters: Iterable[Summary]) -> list[Group]:
    """Return the groups of some letters, the largest first."""
    groups: dict[tuple[str, str, str, str, str], Group] = {}
    for each in letters:
        name = (each.application, each.table, each.stage, each.path, each.code)
        group = groups.get(name)
        if group is None:
            came, refused = each.timestamp, each.refused_at
            groups[name] = Group(*name, 1, came, came, refused, refused, each.tried, each)
            continue
        group.letters += 1
        group.first, group.last = min(group.first, each.timestamp), max(group.last, each.timestamp)
        group.refused_first = min(group.refused_first, each.refused_at)
        group.refused_last = max(group.refused_last, each.refused_at)
        group.tried, group.example = max(group.tried, each.tried), each
    return sorted(groups.values(), key=lambda group: -group.letters)


def anew(letter: DeadLetter, known: Summary | None) -> DeadLetter | None:
    """Return a letter that was made again as it is to be written: tried once more, else as before.

    None where the letter that is known was made by these mappings already.
    """
    if known is None:
        return letter
    if known.mapping == letter.mapping:
        return None
    discarded = msgspec.UNSET if known.discarded is None else known.discarded
    refused_at = msgspec.UNSET if known.refused_at < 0 else known.refused_at
    return msgspec.structs.replace(letter, tried=known.tried + 1, discarded=discarded, refused_at=refused_at)
