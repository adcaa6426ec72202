"""What rows must be remembered of messages, found without the loops and the ways that the on-ramp goes."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

import msgspec

from franca.errors import MapError, RecordError
from franca.formats.change import Change, Decoded, Skip, Wanted, decode
from franca.formats.keys import is_incomplete, merged
from franca.formats.registry import format_named, format_of_layout
from franca.model.entity import Table
from franca.model.shape import shape_of
from franca.pipeline.row_memory.changelog import prefix_of, topic_prefix
from franca.pipeline.row_memory.codec import UNSET, Known, RowCodec
from franca.pipeline.row_memory.store import DictRows
from franca.topics.event import encode_event
from franca.topics.moment import time_text
from franca.topics.names import rows_topic
from franca.types import Batch, Message, Record
from tests.fuzz.accounts import require
from tests.fuzz.behind_registry import SCHEMAS
from tests.fuzz.keep import Keep
from tests.fuzz.standing import Facts, RowId, Standing

ROOM = 2_000
"""Bytes for a remembered row: some are longer."""
ENDS = {"flagged": "where= no longer true", "document": "where= no longer true", "word": "shorter lists"}
"""Why a row that stays ends what it made, by entity; of the others the key has changed."""

Rows = dict[bytes, "tuple[str, Any] | None"]
"""By the end of a row's key its sequence and its columns, None where it is no more."""


class TableRows:
    """The rows of one table."""

    def __init__(self, keep: Keep, table: type[Table], store: DictRows, reached: Counter[str]) -> None:
        shape, application = shape_of(table), keep.application
        self._name, self._topic = shape.name, rows_topic(application.name, shape.name)
        self._raw = f"raw.{application.name}.{shape.name}"
        self._is_alone = shape.name not in keep.tables.topics
        self._is_by_row = keep.is_by_row
        self._is_partial = keep.tables.captures.get(shape.name) == "partial"
        self._mappings = [each for each in application.mappings if each.table is table]
        keys = {field.name for field in shape.keys}
        columns = keys.union(*(each.columns for each in self._mappings))
        before = keys.union(*(each.key_columns for each in self._mappings))
        self._codec = RowCodec(table, columns, ROOM)
        layout = shape.format
        chosen = format_named("auto", SCHEMAS if keep.is_registered else None)
        if layout is not None and not isinstance(layout, str):
            chosen = format_of_layout(layout)
        self._decoder = chosen.decoder(Wanted(table, frozenset(columns), frozenset(before)))
        self._standing = Standing(f"{application.name}/{shape.name}")
        self._store, self._reached = store, reached
        self._former: dict[tuple[str, int], dict[bytes, set[bytes | None]]] = {}

    def expected(self, record: Record, batch: Batch[Message]) -> Rows:
        """Return how a message changes rows, before that is kept; those that are placed must be the same."""
        own = {key for topic, key, _, _ in batch.placed if topic == self._topic}
        is_ours = record.topic == self._raw
        if not self._is_alone:
            is_ours = bool(own) or self._standing.is_in(batch.items)
        rows = self._changed(record) if is_ours else {}
        start = topic_prefix(record.topic)
        require(
            {start + end for end in rows} == own, "other rows are placed than those that changed", rows, own
        )
        return rows

    def look(self, record: Record, rows: Rows, items: Iterable[Message]) -> None:
        """Look at what is kept of a message's rows, and at what stands of them."""
        ended = self._standing.take(record, items)
        found = {end: self._known(record, end) for end in rows}
        held = self._former.setdefault((record.topic, record.partition), {})
        for end, known in found.items():
            former = (known.former or {}).values() if known is not None else ()
            held.pop(end, None)
            if keys := {self._codec.key(row) for row in former if row is not None}:
                held[end] = keys
        for end, row in rows.items():
            known, id_ = found[end], _id(record, end)
            if not self._is_kept(row, known):
                self._reached["rows without room for all"] += 1
                self._standing.give_up(id_)
            elif self._is_by_row and self._standing.is_certain(id_) and self._is_own(end, held):
                self._standing.look(id_, self._facts(known))
                self._reached["rows looked at"] += 1
            if known is not None:
                self._reached["rows that a mapping refused"] += known.former is not None
                for entity in ended.get(id_, ()):
                    self._reached[ENDS.get(entity, "keys of entities that changed")] += 1

    def _changed(self, record: Record) -> Rows:
        rows: Rows = {}
        try:
            changes = list(_flat(decode(self._decoder, record)))
        except RecordError:
            return rows
        for change in changes:
            with suppress(RecordError):
                time_text(change.time)
                self._change(record, change, rows)
        return rows

    def _change(self, record: Record, change: Change, rows: Rows) -> None:
        key, after, count = self._codec.key, change.after, self._reached
        was, now = key(merged(change.before, change.key)), key(after)
        if now is None and after is not None and is_incomplete(after):  # absent is not changed
            now = was
        was = was or now
        before = None if was is None else self._before(record, was, rows)
        if was is not None and before is not None and change.sequence < before[0]:
            count["late changes"] += 1
            for end in {was, now} - {None}:
                self._standing.give_up(_id(record, end or b""))
            return
        fills = self._is_partial or change.operation == "update"
        if before is not None and after is not None and fills and is_incomplete(after):
            after = merged(after, before[1])
            count["partial rows that were filled"] += 1
        if was is not None and was != now:
            rows[was] = None
            count["deletes of remembered rows" if now is None else "changed keys of rows"] += (
                before is not None
            )
        if now is not None:
            if was != now and self._before(record, now, rows) is not None:
                self._standing.give_up(_id(record, now))  # whose key is taken has not ended
            rows[now] = change.sequence, after

    def _before(self, record: Record, end: bytes, rows: Rows) -> "tuple[str, Any] | None":
        if end in rows:
            return rows[end]
        known = self._known(record, end)
        return None if known is None else (known.sequence, known.row)

    def _known(self, record: Record, end: bytes) -> Known | None:
        key = prefix_of(self._name, record.partition) + topic_prefix(record.topic) + end
        (text,) = self._store.get([key])
        if text is None:
            return None
        known = self._codec.decode(text)
        require(known is not None, "a row is remembered that can't be read")
        require(len(text) <= ROOM + 100, "a row is remembered that is too long")
        return known

    def _is_kept(self, row: "tuple[str, Any] | None", known: Known | None) -> bool:
        """Return whether all of a row is kept; what is kept must be right."""
        require((row is None) == (known is None), "a row is remembered that is gone, or the other way around")
        if row is None or known is None:
            return True
        require(row[0] == known.sequence, "a row is remembered with another sequence")
        cut = False
        for name in known.row.__struct_fields__:
            told, kept = getattr(row[1], name), getattr(known.row, name)
            cut |= kept is UNSET and told is not UNSET
            require(kept is UNSET or repr(told) == repr(kept), f"the column {name} is remembered as another")
        return not cut

    def _is_own(self, end: bytes, held: Mapping[bytes, set[bytes | None]]) -> bool:
        """Return whether what stands of a row was made of rows with its key, and of no row that moved on.

        Where a mapping refused a row with another key, what it had made before stands until it takes one.
        """
        return held.get(end, set()) <= {end} and not any(
            end in of_others for place, of_others in held.items() if place != end
        )

    def _facts(self, known: Known | None) -> Facts:
        facts: Facts = {}
        for mapping in self._mappings if known is not None else ():
            row = (known.former or {}).get(mapping.name, known.row) if known is not None else None
            try:
                made = mapping.compiled().events(row) if row is not None else ()
            except MapError as error:
                require(False, f"{mapping.name} refuses what is remembered: {error.code}")
            facts |= {(shape_of(mapping.entity).name, subject): encode_event(data) for subject, data in made}
        return facts


def _flat(decoded: Decoded) -> Iterator[Change]:
    if isinstance(decoded, Change):
        yield decoded
    elif not isinstance(decoded, Skip):
        for each in decoded:
            yield from _flat(each)


def _id(record: Record, end: bytes) -> RowId:
    (key,) = msgspec.json.decode(b"[" + end)
    return RowId(record.topic, record.partition, str(key).replace("%", "%25").replace("/", "%2F"))
