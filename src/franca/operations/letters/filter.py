"""Which dead letters are meant: by where they come from, what is wrong, and when they were refused."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from franca.config.project import Project
from franca.config.schema_registry import registry_of
from franca.config.topics import table_topic
from franca.errors import DecodeError, UsageError
from franca.formats.registry import format_named
from franca.mapping.application import Application
from franca.model.shape import shape_of
from franca.pipeline.routes import Route, Routes
from franca.topics.dead_letter import DeadLetter, first_stage
from franca.topics.names import backfilled_table
from franca.types import Record


@dataclass(frozen=True, slots=True)
class Filter:
    """The conditions; an empty one holds for all.

    `table` is a table's name, `mapping` a mapping's name or a version of the mappings (its number, or all of
    it). `since` and `until` are milliseconds since 1970: what was refused at `since` is meant, what at
    `until` is not. `key` is the record's key as text, or a value in it. Only letters that were discarded
    are meant where `discarded` says so, and only others where it does not; None means both.
    """

    application: str = ""
    code: str = ""
    ids: tuple[str, ...] = ()
    table: str = ""
    stage: str = ""
    mapping: str = ""
    topic: str = ""
    key: str = ""
    since: int | None = None
    until: int | None = None
    discarded: bool | None = False


@dataclass(slots=True)
class Sieve:
    """A filter for the letters of a project; it tells of any letter from which table it comes."""

    project: Project
    wanted: Filter
    _routes: dict[str, Routes[str]] = field(default_factory=dict)
    _tables: dict[tuple[str, str], str] = field(default_factory=dict)

    def check(self) -> None:
        """Raise UsageError for an application or a table that the project does not have."""
        applications = self.project.applications
        if self.wanted.application:
            applications = [self.project.application(self.wanted.application)]
        tables = {shape_of(table).name for application in applications for table in application.tables}
        if self.wanted.table and self.wanted.table not in tables:
            known = ", ".join(sorted(tables)) or "none"
            raise UsageError.one(self.wanted.table, f"no such table, there are: {known}", "check the name")

    def takes(self, letter: DeadLetter) -> bool:
        """Return whether a letter is meant."""
        wanted, line = self.wanted, letter.line
        is_discarded = letter.discarded is not msgspec.UNSET
        moment = -1 if letter.refused_at is msgspec.UNSET else letter.refused_at
        return (
            (not wanted.code or letter.code == wanted.code)
            and (not wanted.ids or letter.id in wanted.ids)
            and (not wanted.stage or letter.stage == wanted.stage)
            and (not wanted.topic or line.topic == wanted.topic)
            and (wanted.discarded is None or is_discarded == wanted.discarded)
            and (wanted.since is None or moment >= wanted.since)
            and (wanted.until is None or moment < wanted.until)
            and (not wanted.mapping or wanted.mapping in _mappings(letter))
            and (not wanted.key or not _keys(letter).isdisjoint((wanted.key, _compact(wanted.key))))
            and (not wanted.table or self.table_of(letter) == wanted.table)
        )

    def table_of(self, letter: DeadLetter) -> str:
        """Return the table from which a letter comes, empty where nobody can tell."""
        application = self.project.application(letter.application)
        mapper = mapper_of(letter)
        known = self._tables.get((application.name, mapper)) if mapper else None
        if known is None and mapper:
            known = next((_name(m.table) for m in application.mappings if m.name == mapper), "")
            self._tables[application.name, mapper] = known
        known = known or backfilled_table(application.name, letter.line.topic)
        if known:
            return known
        if first_stage(letter.id) == "write":
            return _table_of_event(letter)
        return self._routed(application, letter.record)

    def _routed(self, application: Application, record: Record) -> str:
        if application.name not in self._routes:
            routes = [
                Route(_name(table), table_topic(self.project, application, table), _name(table))
                for table in application.tables
            ]
            self._routes[application.name] = Routes(
                routes, format_named("auto", registry_of(self.project.settings.registry))
            )
        try:
            return self._routes[application.name].of_record(record) or ""
        except DecodeError:
            return ""


def mapper_of(letter: DeadLetter) -> str:
    """Return the mapping of which the letter is, empty where it is of all, or of a store."""
    stage = first_stage(letter.id)
    if stage == "write" and "/" in letter.refused_by:
        return next((part for part in letter.refused_by.split("/") if not part.isdigit()), "")
    return letter.refused_by if stage == "map" else ""


def _name(table: type) -> str:
    return shape_of(table).name


def _mappings(letter: DeadLetter) -> set[str]:
    return {mapper_of(letter), letter.mapping, letter.mapping.partition("-")[0]} - {""}


def _table_of_event(letter: DeadLetter) -> str:
    try:
        event = msgspec.json.decode(letter.record.value or b"")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    source = event.get("source") if isinstance(event, Mapping) else None
    return source.partition("/")[2] if isinstance(source, str) else ""


def _keys(letter: DeadLetter) -> set[str]:
    """Return the texts by which a record's key may be told: the whole, and each value of a JSON object.

    A JSON object is told without blanks too, and its payload where it has a schema.
    """
    key = letter.record.key
    if key is None:
        return set()
    text = key.decode("utf-8", "replace")
    try:
        value = msgspec.json.decode(key)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {text}
    if isinstance(value, Mapping) and isinstance(value.get("payload"), Mapping):
        value = value["payload"]
    values = value.values() if isinstance(value, Mapping) else [value]
    return {
        text,
        _compact(text),
        msgspec.json.encode(value, order="sorted").decode(),
        *(each if isinstance(each, str) else msgspec.json.encode(each).decode() for each in values),
    }


def _compact(text: str) -> str:
    """Return a JSON text without blanks and with its names sorted, any other text as it is."""
    try:
        return msgspec.json.encode(msgspec.json.decode(text), order="sorted").decode()
    except (msgspec.DecodeError, UnicodeDecodeError, UnicodeEncodeError, RecursionError):
        return text
