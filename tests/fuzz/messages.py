"""The messages to try: made wrong in any way, or as applications send them; the same seed gives the same."""

import random
from collections.abc import Sequence
from typing import NamedTuple

from franca.model.shape import shape_of
from franca.types import Headers, Record
from tests.fuzz.behind_registry import in_header, serialised
from tests.fuzz.keep import KEEPS
from tests.fuzz.lives import Lives
from tests.fuzz.mutation import mutated
from tests.fuzz.project import LAID_OUT
from tests.fuzz.seeds import REGISTERED, Seed
from tests.fuzz.values import BYTES

TOPICS = ("raw.shop.thing", "raw.shop.mixed")
OF_LAYOUTS = {
    name: tuple(str(shape_of(table).topic) for table in tables) for name, tables in LAID_OUT.items()
}
"""The topics of the formats that only a table with a layout has."""
LISTS = "raw.shop.lists"
COUNTS = (0, 1, 1, 1, 1, 1, 2, 2, 3, 4)
"""How many things are made wrong in one message."""
FEW = (0, 0, 0, 0, 0, 0, 0, 1, 1, 2)
"""The same of a message of a row's life."""
IN_LIFE = 0.6
"""The share of the messages that belong to a row's life."""

EVENT = "event"


class Case(NamedTuple):
    """A message to try, and the format that it is read as: `event` for one on an entity's topic."""

    record: Record
    format: str


class Messages:
    """Makes messages of seeds, the same for the same `chance`; a share of them tells the lives of rows."""

    def __init__(
        self,
        chance: random.Random,
        seeds: Sequence[Seed],
        formats: Sequence[str],
        in_life: float = IN_LIFE,
    ) -> None:
        self._chance, self._in_life = chance, in_life
        self._formats = formats
        self._seeds = seeds
        self._by_format = {name: [s for s in seeds if s.format == name] for name in {s.format for s in seeds}}
        self._names = sorted(self._by_format)
        self._lives = Lives(chance)

    def message(self, offset: int) -> Case:
        """Return a message at an offset, which is after all before it."""
        return self._of_life(offset) if self._chance.random() < self._in_life else self._wrong(offset)

    def event(self, offset: int, topic: str, value: bytes) -> Case:
        """Return a message of an entity's topic, made of an event."""
        return Case(Record(topic, 0, offset, 1, None, self._changed(value, COUNTS)), EVENT)

    def _wrong(self, offset: int) -> Case:
        """Return any seed, made wrong, as any format."""
        chance = self._chance
        seed = chance.choice(self._by_format[chance.choice(self._names)])
        name = chance.choice((seed.format, seed.format, "auto", chance.choice(self._formats)))
        if seed.format in OF_LAYOUTS and name == "auto":
            name = seed.format
        topics = OF_LAYOUTS.get(name, (LISTS,) if seed.table == "listed" else TOPICS)
        if chance.random() < 0.1:
            topics = chance.choice(KEEPS).topics
        time = chance.choice((1_700_000_000_000, 1_700_000_000_000, 0, -1, 2**62))
        value, headers = self._sent(seed, COUNTS)
        key = self._key(seed)
        return Case(Record(chance.choice(topics), 0, offset, time, key, value, headers), name)

    def _of_life(self, offset: int) -> Case:
        """Return the next message of a life, seldom made wrong; a delete may have its tombstone."""
        chance, seed, life = self._chance, self._lives.message(offset), self._lives.life
        value, headers = self._sent(seed, FEW)
        if chance.random() < 0.02:
            value = None
        key = seed.key if chance.random() < 0.95 else self._key(seed)
        record = Record(life.topic, life.partition, offset, 1_700_000_000_000, key, value, headers)
        return Case(record, chance.choice((seed.format, life.format)))

    def _sent(self, seed: Seed, counts: Sequence[int]) -> tuple[bytes | None, Headers]:
        if seed.format != REGISTERED:
            return self._changed(seed.value, counts), self._headers()
        value = self._changed(serialised(seed.value), counts)
        if value is not None and self._chance.random() < 0.1:
            return in_header(value)
        return value, self._headers()

    def _changed(self, value: bytes | None, counts: Sequence[int]) -> bytes | None:
        for _ in range(self._chance.choice(counts)):
            value = mutated(self._chance, value, self._seeds)
        return value

    def _key(self, seed: Seed) -> bytes | None:
        chance = self._chance
        if chance.random() < 0.7:
            return seed.key
        other = chance.choice(self._seeds).key
        return chance.choice((None, b"", b"\xff\x00", b'{"id":', chance.choice(BYTES), other))

    def _headers(self) -> Headers:
        if self._chance.random() < 0.95:
            return ()
        return (("a", None), ("", b"\xff\xfe"), ("a", self._chance.choice(BYTES)[:100]))
