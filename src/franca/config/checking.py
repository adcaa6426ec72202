"""What is wrong in franca.toml beside the project's modules: tables that can't be read, names of nothing."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from franca.config.names import pipelines_of
from franca.config.settings import ApplicationSettings, Settings
from franca.config.tables import told_format, topic_of
from franca.errors import DefinitionError, Problem
from franca.formats.change import Wanted
from franca.formats.registry import DECLARED, format_for, format_named
from franca.mapping.application import Application
from franca.model.places import placed
from franca.model.shape import shape_of
from franca.topics.names import CONTRACTS, CONTROL_TOPIC, dead_letter_topic, entity_topic, fits


def undecodable(settings: Settings, applications: Sequence[Application]) -> Iterator[Problem]:
    """Yield a problem for each thing that keeps a table's records from being decoded as they are laid out."""
    for application in applications:
        for table in application.tables:
            columns = frozenset(field.name for field in shape_of(table).fields)
            try:
                format_for(table)
                name = told_format(settings, application, table)
                for chosen in DECLARED:
                    if chosen.name == name:
                        chosen.decoder(Wanted(table, columns))
            except DefinitionError as error:
                path = f"{application.name}.{shape_of(table).name}"
                for wrong in error.problems:
                    found = wrong if wrong.file else placed(wrong, table)
                    yield replace(found, path=path if wrong.path in _LAYOUT else f"{path}.{wrong.path}")


_LAYOUT = {"copybook", "csv", "encoding", "code_page", "format"}
"""What problems of a layout as a whole are called."""


def unusable(settings: Settings, applications: Sequence[Application]) -> Iterator[Problem]:
    """Yield a problem for each table whose raw topic Kafka can't have."""
    for application in applications:
        for table in application.tables:
            topic = topic_of(settings, application, table)
            if not _TOPIC.fullmatch(topic):
                reason = f"its topic would be {topic!r}, and Kafka allows up to 249 of A-Z, a-z, 0-9, . _ -"
                path = f"{application.name}.{shape_of(table).name}"
                yield placed(Problem(path, reason, "name the topic: `topic=`"), table)


_TOPIC = re.compile(r"[a-zA-Z0-9._*-]{1,249}")
"""The name of a topic, or a pattern of names."""


def strays(settings: Settings, applications: Sequence[Application]) -> Iterator[Problem]:
    """Yield a problem for each setting of something that the project does not have."""
    if settings.topics.encoding != "json" and not (settings.registry.url or settings.registry.local):
        reason = f"is {settings.topics.encoding!r}, and no schema registry is named"
        yield Problem("topics.encoding", reason, "name it as url in [registry], or say `local = true` there")
    by_name = {application.name: application for application in applications}
    yield from _unknown("applications", "application", settings.applications, by_name)
    yield from _unknown("pipelines", "pipeline", settings.pipelines, pipelines_of(applications))
    if not any(mapping.problems for a in applications for mapping in a.mappings):
        topics = _topics(settings, applications)
        stray = [name for name in settings.topic if not any(fits(topic, name) for topic in topics)]
        yield from _unknown("topic", "topic", stray, topics)
    for name, place in settings.applications.items():
        if name in by_name and not any(mapping.problems for mapping in by_name[name].mappings):
            tables = [shape_of(table).name for table in by_name[name].tables]
            yield from _unknown(f"applications.{name}.tables", "table", place.tables, tables)
        yield from _formats(name, place)


def _unknown(path: str, noun: str, told: Collection[str], known: Collection[str]) -> Iterator[Problem]:
    for name in told:
        if name not in known:
            there = ", ".join(sorted(known)) or "none"
            yield Problem(f"{path}.{name}", f"no such {noun}, the project has: {there}", "check the name")


def _formats(name: str, place: ApplicationSettings) -> Iterator[Problem]:
    told = {f"applications.{name}.format": place.format}
    told |= {f"applications.{name}.tables.{t}.format": own.format for t, own in place.tables.items()}
    for path, text in told.items():
        try:
            format_named(text or "auto")
        except DefinitionError as error:
            yield Problem(path, error.problems[0].reason, error.problems[0].remedy)


def _topics(settings: Settings, applications: Sequence[Application]) -> set[str]:
    raw = {topic_of(settings, a, table) for a in applications for table in a.tables}
    entities = {entity_topic(shape_of(m.entity)) for a in applications for m in a.mappings}
    return raw | entities | {dead_letter_topic(a.name) for a in applications} | {CONTROL_TOPIC, CONTRACTS}
