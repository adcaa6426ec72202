"""The names of pipelines, and the settings in franca.toml whose names nobody declared."""

import hashlib
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from franca.config.settings import ApplicationSettings, Settings
from franca.errors import DefinitionError, Problem
from franca.formats.change import Wanted
from franca.formats.registry import DECLARED, format_for, format_named, told_by
from franca.mapping.application import Application
from franca.model.entity import Table
from franca.model.places import placed
from franca.model.shape import shape_of
from franca.topics.names import (
    CONTRACTS,
    CONTROL_TOPIC,
    dead_letter_topic,
    entity_topic,
    fits,
    raw_topic,
)

ARCHIVE, ON_RAMP, LAKE, STORE = "archive", "on-ramp", "lake", "store"


def pipelines_of(applications: Sequence[Application]) -> list[str]:
    """Return the names of all pipelines, upstream first; an application without mappings has none."""
    own = [f"{a.name}.{kind}" for a in applications if a.mappings for kind in (ARCHIVE, ON_RAMP)]
    return [*own, LAKE, STORE] if own else []


def member_of(worker: str, topics: Sequence[str]) -> str:
    """Return the name of a worker in its group: one that subscribes to other topics is another member.

    A group that is settled gives a returning member what it had, whatever it subscribes to by now.
    """
    return f"{worker}.{hashlib.sha256(' '.join(topics).encode()).hexdigest()[:8]}"


def worker_of(member: str) -> str:
    """Return the worker that has this name in its group, the name itself where it is nobody of franca's.

    >>> worker_of("stranger")
    'stranger'
    >>> worker_of(member_of("host.12ab.0", ["individual"]))
    'host.12ab.0'
    """
    return member.rpartition(".")[0] or member


def topic_of(settings: Settings, application: Application, table: type[Table]) -> str:
    """Return the topic of a table's raw messages, possibly a pattern, as franca.toml has it."""
    shape = shape_of(table)
    place = settings.applications.get(application.name)
    told = place.tables.get(shape.name) if place else None
    return raw_topic(application.name, shape, told.topic if told else "")


def told_format(settings: Settings, application: Application, table: type[Table]) -> str:
    """Return the name of the format of a table's messages, `auto` where nothing is said.

    What franca.toml says of the table counts most, then what the table's class says, then what franca.toml
    says of the application.
    """
    place = settings.applications.get(application.name)
    own = place.tables.get(shape_of(table).name) if place else None
    return (own.format if own else "") or told_by(table) or (place.format if place else "auto")


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
