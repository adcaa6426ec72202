"""Compares declared tables with recent messages: each is decoded as in the stream, failures are counted."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from franca.catalog.comparison import CLASS, key_differs, missing_column
from franca.catalog.finding import Declared, Finding
from franca.catalog.messages import type_seen
from franca.catalog.sample import Sample, SeenTable
from franca.errors import RecordError
from franca.formats.change import Decoder, Format, Wanted, decode
from franca.model.renaming import likely
from franca.pipeline.table_step import zone_of
from franca.types import Record

_SHOWN = 5


@dataclass(slots=True)
class Observation:
    """One declared table and the messages seen of it. `failures` counts by column and code."""

    table: Declared
    format: Format
    sample: Sample = field(default_factory=Sample)
    failures: Counter[tuple[str, str]] = field(default_factory=Counter)
    reasons: dict[tuple[str, str], str] = field(default_factory=dict)
    _decoder: Decoder | None = None

    def see(self, record: Record, place: int = 0) -> None:
        """Take a message: what it has, and whether the declared columns can read it."""
        self.sample.see(record, self.format, place, self.table.shape.name)
        if self._decoder is None:
            columns = frozenset(each.name for each in self.table.shape.fields)
            application = self.table.application
            wanted = Wanted(self.table.table, columns, frozenset(), application.epoch, zone_of(application))
            self._decoder = self.format.decoder(wanted)
        try:
            decode(self._decoder, record)
        except RecordError as error:
            self.failures[error.path, error.code] += 1
            self.reasons.setdefault((error.path, error.code), error.reason)

    def findings(self) -> Iterator[Finding]:
        """Yield what differs."""
        name, count = self.table.name, self.sample.messages
        if not count:
            yield Finding("note", name, "", "no-messages", "has no messages to compare with")
            return
        seen = _joined(self.sample)
        yield from self._failures(count)
        if seen is None:
            return
        yield from self._columns(seen)
        yield from self._key(seen)

    def _failures(self, count: int) -> Iterator[Finding]:
        columns = {each.column: each.name for each in self.table.shape.fields}
        for (path, code), times in self.failures.items():
            reason = f"{times} of {count} messages: {self.reasons[path, code]}"
            attribute = columns.get(path.rpartition(".")[2])
            if attribute is not None:
                kind = "nullable" if code == "null" else "type-changed"
                remedy = "add `| None`, and say what a mapping makes of null" if code == "null" else CLASS
                yield self.table.finding(attribute, kind, reason, remedy)
            else:
                yield Finding("problem", self.table.name, path, code, reason, "see the reference of problems")

    def _columns(self, seen: SeenTable) -> Iterator[Finding]:
        fields = {each.column: each for each in self.table.shape.fields}
        new = [each for each in seen.columns if each not in fields]
        taken: set[str] = set()
        for column, each in fields.items():
            known = seen.columns.get(column)
            if known is None:
                now = likely(column, set(new) - taken)
                taken.add(now)
                yield missing_column(self.table, each, now, f"{seen.changes} recent changes")
            elif seen.rows and known.rows < seen.rows:
                reason = f"is missing in {seen.rows - known.rows} of {seen.rows} whole rows"
                yield self.table.finding(
                    each.name, "column-missing", reason, "let the capture send whole rows"
                )
        for column in new:
            if column not in taken:
                kind = type_seen(seen.columns[column]).kind.value
                reason = f"comes in messages ({kind}), and is not declared"
                remedy = "declare it if a mapping should use it; until then it is ignored"
                yield Finding("note", self.table.name, column, "column-new", reason, remedy)

    def _key(self, seen: SeenTable) -> Iterator[Finding]:
        declared = {each.column for each in self.table.shape.keys}
        told = seen.key_names or seen.keys
        others = {names for names in told if set(names) != declared}
        for names in sorted(others)[:_SHOWN]:
            yield key_differs(self.table, declared, names, f"{told[names]} of {seen.changes} recent changes")


def _joined(sample: Sample) -> SeenTable | None:
    """Return the table that most messages are about: one topic's messages are of one table."""
    return max(sample.tables.values(), key=lambda each: each.changes, default=None)
