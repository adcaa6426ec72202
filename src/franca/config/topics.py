"""The topics that a project needs, as they should be."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from franca.config.project import Project
from franca.config.settings import TopicOverride
from franca.config.tables import capture_of, topic_of
from franca.mapping.application import Application
from franca.model.entity import Table
from franca.model.shape import shape_of
from franca.pipeline.row_memory.need import remembering
from franca.topics.admin import TopicPlan, control_config, entity_config, log_config, rows_config
from franca.topics.names import CONTRACTS, CONTROL_TOPIC, dead_letter_topic, entity_topic, rows_topic

CONTRACT_HOURS = 168
"""How long the topic of contracts keeps every version of one before compaction."""


def table_topic(project: Project, application: Application, table: type[Table]) -> str:
    """Return the topic of a table's raw messages, possibly a pattern."""
    return topic_of(project.settings, application, table)


def entity_topics(project: Project) -> list[str]:
    """Return the topics of the entities that some mapping gives."""
    return sorted({entity_topic(shape_of(m.entity)) for m in project.mappings()})


def rows_plans(project: Project, application: Application) -> dict[str, TopicPlan]:
    """Return the rows topic of each table of the application that remembers its rows."""
    tables = {shape_of(table).name: table for table in application.tables}
    captures = {name: capture_of(project.settings, application.name, name) for name in tables}
    return {
        name: _rows_plan(project, application, tables[name]) for name in remembering(application, captures)
    }


def _rows_plan(project: Project, application: Application, table: type[Table]) -> TopicPlan:
    """Return the plan of a table's rows topic: as many partitions as its raw topic is to have."""
    raw = raw_plan(project, table_topic(project, application, table))
    name = rows_topic(application.name, shape_of(table).name)
    plan = _plan(project, name, lambda size, _hours: rows_config(size), 0)
    override = project.settings.topic.get(name, TopicOverride()).partitions
    return replace(plan, partitions=override or raw.partitions)


def topic_plans(project: Project) -> list[TopicPlan]:
    """Return every topic that franca creates. Raw topics known by a pattern are their writer's."""
    return sorted(_plans(project), key=lambda plan: plan.name)


def raw_plan(project: Project, topic: str) -> TopicPlan:
    """Return the plan of a raw topic, which the project may know by a pattern only."""
    return _plan(project, topic, log_config, project.settings.topics.raw_retention_hours)


def control_plan(project: Project) -> TopicPlan:
    """Return the plan of the topic that tells which pipelines are paused: it is small, and in one order."""
    override = project.settings.topic.get(CONTROL_TOPIC, TopicOverride())
    replication = override.replication or project.settings.topics.replication
    return TopicPlan(CONTROL_TOPIC, 1, replication, {**control_config(), **override.config})


def _plans(project: Project) -> Iterator[TopicPlan]:
    topics = project.settings.topics
    raw = {table_topic(project, a, t) for a in project.applications for t in a.tables}
    for name in raw:
        if "*" not in name:
            yield raw_plan(project, name)
    for name in entity_topics(project):
        yield _plan(project, name, entity_config, topics.event_retention_hours)
    # the cluster's projects share it, whatever each says of its own topics
    yield replace(_plan(project, CONTRACTS, entity_config, CONTRACT_HOURS), partitions=1)
    yield control_plan(project)
    for application in project.applications:
        yield from rows_plans(project, application).values()
        name = dead_letter_topic(application.name)
        yield _plan(project, name, log_config, topics.dead_letter_retention_hours)


def _plan(
    project: Project, name: str, config: Callable[[int, int], dict[str, str]], retention_hours: int
) -> TopicPlan:
    """Return the plan of one topic, with what `[topic.<name>]` says laid over it.

    `config` knows what retention means for its kind of topic.
    """
    topics, override = project.settings.topics, project.settings.topic.get(name, TopicOverride())
    told = override.retention_hours
    hours = retention_hours if told is None else told
    return TopicPlan(
        name,
        override.partitions or topics.partitions,
        override.replication or topics.replication,
        {**config(topics.max_message_bytes, hours), **override.config},
    )
