"""What a snapshot would give, mapped and thrown away: counts, problems, the first events."""

from collections import Counter
from collections.abc import Iterable

import msgspec

from franca.config.telling import Tell, untold
from franca.operations.backfill.mapped import RowMapping
from franca.operations.backfill.piece import Piece
from franca.operations.backfill.snapshot import Snapshot
from franca.topics.dead_letter import read_dead_letter
from franca.types import Message


class Kind(msgspec.Struct, frozen=True):
    """One kind of problem: what is wrong where, the first row that has it, and how many have."""

    code: str
    path: str
    reason: str
    row: int
    count: int = 1


class Tried(msgspec.Struct):
    """What a snapshot's rows would give. `events` counts them by entity, `samples` are their first."""

    name: str
    snapshot: str
    rows: int = 0
    refused: int = 0
    events: Counter[str] = msgspec.field(default_factory=Counter)
    problems: list[Kind] = []
    samples: dict[str, list[msgspec.Raw]] = {}


def tried(
    mapping: RowMapping, snapshot: Snapshot, pieces: Iterable[Piece], count: int, tell: Tell = untold
) -> Tried:
    """Return what the rows would give, with `count` samples of each entity, the commonest problem first."""
    found = Tried(snapshot.name, snapshot.topic)
    kinds: dict[tuple[str, str], Kind] = {}
    for piece in pieces:
        made = mapping(piece)
        found.rows += piece.count
        found.refused += made.refused
        for letter in made.letters:
            _count(kinds, letter)
        tell(snapshot.progress, piece.end - 1, snapshot.last)
        found.events.update({topic: made.count(topic) for topic in made.events})
        if not found.samples:
            first = mapping.one_by_one(list(piece.given(None))[: count + len(made.letters)])
            found.samples = {
                topic: [msgspec.Raw(event.value or b"") for event in events[:count]]
                for topic, events in first.events.items()
            }
    found.problems = sorted(kinds.values(), key=lambda kind: -kind.count)
    return found


def _count(kinds: dict[tuple[str, str], Kind], message: Message) -> None:
    letter = read_dead_letter(message[2] or b"")
    known = kinds.get((letter.code, letter.path))
    if known is None:
        kinds[letter.code, letter.path] = Kind(letter.code, letter.path, letter.reason, letter.record.offset)
    else:
        kinds[letter.code, letter.path] = msgspec.structs.replace(known, count=known.count + 1)
