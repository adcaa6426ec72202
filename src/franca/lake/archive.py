"""The raw archive: where an object is, what it holds, how a record is found without an index.

`<application>/<table>/<topic>/<partition>/<offset // 100000>/<start>.<topic id>.jsonl.zst`: raw record lines.
Each object starts where its predecessor ends; docs/decisions/archive-chain.md has the reasons.
"""

import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from urllib.parse import quote, unquote

import obstore
import zstandard

from franca.errors import DecodeError, DefinitionError
from franca.lake.location import ObjectStore
from franca.topics.raw_record import decode_line, encode_line
from franca.types import Partition, Record

BUCKET = 100_000
_UPWARDS = {".": "%2E", "..": "%2E%2E"}
_SUFFIX = ".jsonl.zst"
_TRAILER = struct.Struct("<IIQQ")
_SKIPPABLE_FRAME = 0x184D2A5F
_LEVEL = 3


class Link(NamedTuple):
    """One object of a chain: its path, the offset where it starts, the id of its topic."""

    path: str
    start: int
    topic_id: str


class End(NamedTuple):
    """Where a chain ends: the next offset, and the number of records before it."""

    next: int
    records: int


class Shelf(NamedTuple):
    """The place of one table's records in the archive."""

    store: ObjectStore
    application: str
    table: str

    def path(self, partition: Partition, start: int) -> str:
        """Return the name of the object that starts at an offset."""
        topic_id = f".{written(partition.topic_id)}" if partition.topic_id else ""
        return f"{self._folder(partition, start)}/{start:020d}{topic_id}{_SUFFIX}"

    def end(self, partition: Partition) -> End | None:
        """Return where the chain of a partition ends; None where nothing is archived yet.

        Raises DefinitionError where its last object is damaged.
        """
        for bucket in sorted(self._buckets(partition), reverse=True):
            links = [
                each for each in self.links(partition, bucket) if each.topic_id == written(partition.topic_id)
            ]
            if links:
                return self._end(max(links, key=lambda link: link.start))
        return None

    def find(self, partition: Partition, offset: int) -> Record | None:
        """Return one record, by one listing and one read; None where it is not archived.

        Without a topic id, of topics of the same name the one archived last is meant.
        """
        links = self.links(partition, offset // BUCKET)
        topic_id = written(partition.topic_id) or (links[-1].topic_id if links else "")
        for link in sorted(links, key=lambda link: link.start, reverse=True):
            if link.start <= offset and link.topic_id == topic_id:
                found = [record for record in self.read(link) if record.offset == offset]
                if found:
                    return found[0]
        return None

    def records(self, partition: Partition, first: int, last: int) -> Iterator[Record]:
        """Yield the records from offset `first` up to, not including, `last`, of the topic with that id."""
        for bucket in sorted(self._buckets(partition)):
            if not first // BUCKET <= bucket <= last // BUCKET:
                continue
            for link in sorted(self.links(partition, bucket), key=lambda link: link.start):
                if link.start < last and link.topic_id == written(partition.topic_id):
                    yield from (record for record in self.read(link) if first <= record.offset < last)

    def links(self, partition: Partition, bucket: int) -> list[Link]:
        """Return the objects of one bucket, of all topics of that name, in the order of their making."""
        prefix = self._folder(partition, bucket * BUCKET) + "/"
        found = []
        for page in obstore.list(self.store, prefix):
            for each in page:
                start, _, topic_id = each["path"].removeprefix(prefix).removesuffix(_SUFFIX).partition(".")
                if each["path"].endswith(_SUFFIX) and start.isdigit():
                    found.append((each["last_modified"], Link(each["path"], int(start), topic_id)))
        return [link for _, link in sorted(found)]

    def topics(self) -> list[str]:
        """Return the topics of which something is archived here."""
        return sorted(unquote(name) for name in _folders(self.store, f"{_quoted(self[1:])}/"))

    def chains(self, topic: str) -> dict[Partition, list[Link]]:
        """Return the objects of a topic and of its predecessors, in order, by partition, its id as `written`.

        Where several have the topic's name, the one archived last comes last.
        """
        found: dict[Partition, list[Link]] = {}
        for name in _folders(self.store, f"{_quoted((*self[1:], topic))}/"):
            if not name.isdigit():
                continue
            place = Partition(topic, int(name))
            for bucket in sorted(self._buckets(place)):
                for link in self.links(place, bucket):
                    found.setdefault(place._replace(topic_id=link.topic_id), []).append(link)
        return {place: sorted(links, key=lambda link: link.start) for place, links in found.items()}

    def load(self, link: Link) -> tuple[list[Record], int]:
        """Return the records of an object, and the offset where the next one starts; raises as `read`."""
        body = obstore.get(self.store, link.path).bytes().to_bytes()
        return self._records(link, body), self._trailer(link, body[-_TRAILER.size :]).next

    def read(self, link: Link) -> list[Record]:
        """Return the records of an object. Raises DefinitionError for a damaged one."""
        return self._records(link, obstore.get(self.store, link.path).bytes().to_bytes())

    def _records(self, link: Link, body: bytes) -> list[Record]:
        try:
            with zstandard.ZstdDecompressor().stream_reader(body, read_across_frames=True) as reader:
                return [decode_line(line) for line in reader.read().splitlines() if line]
        except (zstandard.ZstdError, DecodeError) as error:
            raise _damaged(link, "can't be read") from error

    def _end(self, link: Link) -> End:
        size = _TRAILER.size
        answer = obstore.get(self.store, link.path, options={"range": {"suffix": size}})
        return self._trailer(link, answer.bytes().to_bytes())

    def _trailer(self, link: Link, body: bytes) -> End:
        size = _TRAILER.size
        if len(body) == size and _TRAILER.unpack(body)[:2] == (_SKIPPABLE_FRAME, size - 8):
            return End(*_TRAILER.unpack(body)[2:])
        raise _damaged(link, "does not say where it ends")

    def _buckets(self, partition: Partition) -> list[int]:
        return [int(name) for name in _folders(self.store, f"{self._root(partition)}/") if name.isdigit()]

    def _root(self, partition: Partition) -> str:
        return _quoted((self.application, self.table, partition.topic, str(partition.partition)))

    def _folder(self, partition: Partition, offset: int) -> str:
        return f"{self._root(partition)}/{offset // BUCKET}"


def _damaged(link: Link, what: str) -> DefinitionError:
    remedy = "restore it from a copy, or move it away: its records are then archived from the topic again"
    return DefinitionError.one(link.path, f"the archive's object is damaged: it {what}", remedy)


def _folders(store: ObjectStore, prefix: str) -> list[str]:
    listing = obstore.list_with_delimiter(store, prefix)
    return [folder.rstrip("/").rpartition("/")[2] for folder in listing["common_prefixes"]]


def _quoted(names: Sequence[str]) -> str:
    return "/".join(_UPWARDS.get(name) or quote(name, safe="") for name in names)


def written(topic_id: str) -> str:
    """Return a topic's id as it stands in the names of objects: in the alphabet that is safe in URLs."""
    return topic_id.translate(str.maketrans("+/", "-_"))


def encode_object(records: Sequence[Record], end: End) -> bytes:
    """Return the body of an object."""
    lines = b"".join([encode_line(record) + b"\n" for record in records])
    frame = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).compress(lines)
    return frame + _TRAILER.pack(_SKIPPABLE_FRAME, _TRAILER.size - 8, *end)
