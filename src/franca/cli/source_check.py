"""`franca check --source`: declared tables beside what their source has now."""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import msgspec
import typer

from franca.catalog.comparison import compare, unmapped
from franca.catalog.finding import Declared, Finding, declared
from franca.catalog.observation import Observation
from franca.catalog.origin import origin_kind
from franca.cli.catalog import Origin, catalog_of, records_of
from franca.cli.context import Context
from franca.cli.laid_out import laid_out, observe
from franca.cli.output import print_entries
from franca.config.declared import declared_tables
from franca.config.pipelines import format_of
from franca.config.project import Project
from franca.config.schema_registry import registry_of
from franca.config.settings import ApplicationSettings
from franca.config.topics import table_topic
from franca.errors import RecordError, UsageError
from franca.formats.registry import AUTO, format_named
from franca.local.endpoints import find_endpoints
from franca.pipeline.routes import Route, Routes
from franca.sources.recent import recent
from franca.types import Record

TOPICS = "topics"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is asked for. `where` is a URL, a file of DDL, `topics`, or empty for the settings."""

    is_wanted: bool
    where: str = ""
    messages: str = ""
    records: bool = False
    application: str = ""
    newest: int = 200


class Compared(msgspec.Struct, frozen=True):
    """What was compared with what, by application, and what differs."""

    sources: dict[str, str] = {}
    findings: list[Finding] = []

    @property
    def problems(self) -> list[Finding]:
        """The findings that break something."""
        return [each for each in self.findings if each.severity == "problem"]


def compare_sources(franca: Context, project: Project, wanted: Comparison) -> Compared:
    """Return what differs. Raises UsageError for what can't be compared, UnavailableError."""
    if not wanted.is_wanted:
        if wanted.where:
            raise UsageError.one(
                "check", "got a source, and nothing is to be compared", "say --source before it"
            )
        return Compared()
    chosen = [a for a in project.applications if a.mappings]  # what streams; others have no tables to compare
    if wanted.application:
        chosen = [project.application(wanted.application)]
    is_database = wanted.where not in {"", TOPICS}
    if is_database and len(chosen) > 1:
        names = ", ".join(each.name for each in chosen)
        raise UsageError.one(
            "--source", f"the project has several applications: {names}", "say --application"
        )
    made = Compared()
    for application in chosen:
        told = project.settings.applications.get(application.name, ApplicationSettings())
        tables = [declared(application, table) for table in declared_tables(application)]
        if wanted.messages:
            found = _with_messages(project, tables, wanted)
            made.sources[application.name] = wanted.messages
        elif wanted.where == TOPICS or not (wanted.where or told.source):
            found = _with_topics(project, tables, wanted)
            made.sources[application.name] = TOPICS
        else:
            where = wanted.where or told.source
            catalog = catalog_of(
                franca, Origin(where, origin_kind(where), schemas=tuple(told.source_schemas))
            )
            found = [each for table in tables for each in compare(table, catalog)]
            found += unmapped(tables, catalog)
            made.sources[application.name] = catalog.origin
        made.findings.extend(found)
    return made


def _observations(project: Project, tables: Sequence[Declared]) -> list[tuple[str, Observation]]:
    schemas = registry_of(project.settings.registry)
    return [
        (
            table_topic(project, table.application, table.table),
            Observation(table, format_named(format_of(project, table.application, table.table), schemas)),
        )
        for table in tables
    ]


def _routes(project: Project, observed: Iterable[tuple[str, Observation]]) -> Routes[Observation]:
    formats = format_named("auto", registry_of(project.settings.registry))
    return Routes([Route(each.table.shape.name, topic, each) for topic, each in observed], formats)


def _with_topics(project: Project, tables: Sequence[Declared], wanted: Comparison) -> list[Finding]:
    mapped = [table for table in tables if table.needs]
    observed = _observations(project, mapped)
    cluster = find_endpoints(project, store=False).cluster
    routes = _routes(project, observed)
    for record in recent(cluster, {topic for topic, _ in observed}, wanted.newest):
        _route(routes, record, record.offset)
    return [finding for _, each in observed for finding in each.findings()]


def _with_messages(project: Project, tables: Sequence[Declared], wanted: Comparison) -> list[Finding]:
    laid = None if wanted.records else laid_out(project, tables, wanted.messages)
    if laid is not None:
        seen, unread = observe(*laid, wanted.messages, int(time.time() * 1000))
        return [*seen.findings(), *_strangers(unread)]
    observed = _observations(project, tables)
    routes = _routes(project, observed)
    origin = Origin(wanted.messages, "messages", records=wanted.records)
    unread = 0
    for place, record, _line in records_of(origin):
        if isinstance(record, RecordError) or (
            not _route(routes, record, place) and not _named(observed, record, place)
        ):
            unread += 1
    found = [finding for _, each in observed if each.sample.messages for finding in each.findings()]
    return [*found, *_strangers(unread)]


def _route(routes: Routes[Observation], record: Record, place: int) -> bool:
    """Show a record to the table that its topic feeds; return whether there is one."""
    try:
        target = routes.of_record(record)
    except RecordError:
        return False
    if target is not None:
        target.see(record, place)
    return target is not None


def _named(observed: Sequence[tuple[str, Observation]], record: Record, place: int) -> bool:
    """Show a record to the table that it names, to the only mapped one where it names none."""
    name = AUTO.table_of(record)
    mapped = [each for _, each in observed if each.table.needs]
    fitting = [each for _, each in observed if name and each.table.shape.name.lower() == name.lower()]
    fitting = fitting or (mapped if not name and len(mapped) == 1 else [])
    for each in fitting[:1]:
        each.see(record, place)
    return bool(fitting) or name is None


def _strangers(count: int) -> Iterator[Finding]:
    if count:
        reason = f"{count} messages are of no declared table, or can't be read"
        yield Finding("note", "", "", "other-messages", reason, "decode them: `franca decode`")


def show_compared(compared: Compared) -> None:
    """Show what differs, problems first, and in a word what was compared."""
    findings = sorted(compared.findings, key=lambda each: (each.severity != "problem", each.table))
    if findings:
        print_entries("\nAt the source", _entries(findings))
    sources = "; ".join(f"{name}: {where}" for name, where in compared.sources.items())
    problems, notes = len(compared.problems), len(compared.findings) - len(compared.problems)
    typer.echo(f"\ncompared with the source ({sources}): {problems} problems, {notes} notes")


def _entries(findings: Sequence[Finding]) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield each finding with its remedy, which is told once where several in a row have the same."""
    told = ""
    for each in findings:
        place = ".".join(filter(None, (each.table, each.column)))
        remedy = each.remedy if each.remedy != told else ""
        yield f"{each.severity:7}  {each.code}  {place}".rstrip(), [each.text, *filter(None, [remedy])]
        told = each.remedy
