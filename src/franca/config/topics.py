"""The topics that a project needs, as they should be."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from franca.config.names import topic_of
from franca.config.project import Project
from franca.config.settings import TopicOverride
from franca.mapping.application import Application
from franca.model.entity import Table
from franca.model.shape import shape_of
from franca.topics.admin import TopicPlan, entity_config, log_config
from franca.topics.names import CONTRACTS, dead_letter_topic, entity_topic


def table_topic(project: Project, application: Application, table: type[Table]) -> str:
    """Return the topic of a table's raw messages, possibly a pattern."""
    return topic_of(project.settings, application, table)


def entity_topics(project: Project) -> list[str]:
    """Return the topics of the entities that some mapping gives."""
    return sorted({entity_topic(shape_of(m.entity)) for m in project.mappings()})


def topic_plans(project: Project) -> list[TopicPlan]:
    """Return every topic that franca creates. Raw topics known by a pattern are their writer's."""
    return sorted(_plans(project), key=lambda plan: plan.name)


def raw_plan(project: Project, topic: str) -> TopicPlan:
    """Return the plan of a raw topic, which the project may know by a pattern only."""
    return _plan(project, topic, log_config, project.settings.topics.raw_retention_hours)


def _plans(project: Project) -> Iterator[TopicPlan]:
    topics = project.settings.topics
    raw = {table_topic(project, a, t) for a in project.applications for t in a.tables}
    for name in raw:
        if "*" not in name:
            yield raw_plan(project, name)
    for name in entity_topics(project):
        yield _plan(project, name, entity_config, topics.event_retention_hours)
    yield replace(_plan(project, CONTRACTS, entity_config, topics.event_retention_hours), partitions=1)
    for application in project.applications:
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
