"""Compares what every stage holds of a project's entities: the topics, the lake and the store, by hash."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from franca.config.endpoints import Endpoints
from franca.config.pipelines import shapes
from franca.config.project import Project
from franca.config.schema_registry import opener_of
from franca.config.topics import table_topic
from franca.errors import UnavailableError
from franca.model.shape import Shape, shape_of
from franca.operations.letters.filter import Filter
from franca.operations.letters.letters import Letters
from franca.sources.extract import extract
from franca.topics.admin import ends
from franca.topics.cluster import Cluster
from franca.topics.event_encoding import EventOpener
from franca.topics.names import entity_topic
from franca.trust.digest import Digest, digest
from franca.types import Message
from franca.views.lake import open_lake


class _Event(msgspec.Struct):
    type: str
    subject: str
    sequence: str
    mapping: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class EntityCount:
    """One entity at every stage. `raw` and `dead` are those of the tables that feed it.

    `sent` counts the messages that its source says were sent, and `changes` those of them that must give an
    event or a dead letter. `topic`, `lake` and `store` digest the current state: what the events on the
    topic amount to, and the rows that can be queried.
    """

    entity: str
    sent: int
    changes: int
    raw: int
    events: int
    dead: int
    topic: Digest
    lake: Digest
    store: Digest

    @property
    def agrees(self) -> bool:
        """Return whether nothing was lost or doubled on the way, and every stage holds the same rows."""
        arrived = self.sent == self.raw and self.changes == self.events + self.dead
        return arrived and self.topic == self.lake == self.store


def reconcile(project: Project, places: Endpoints, sent: Sequence[Message]) -> list[EntityCount]:
    """Return the counts and digests of every entity, beside all that was sent to the raw topics.

    For mappings that give one entity of every row: a change then is one event, or one dead letter.
    Raises UnavailableError.
    """
    cluster = places.cluster
    dead = _dead(project, cluster, places)
    return [
        _count(project, places, cluster, shape, sent, dead.get(shape.name, 0)) for shape in shapes(project)
    ]


def _count(
    project: Project, places: Endpoints, cluster: Cluster, shape: Shape, sent: Sequence[Message], dead: int
) -> EntityCount:
    events, current = _of_topic(cluster, shape, opener_of(project))
    topics = _feeding(project, shape)
    own = [value for topic, _, value in sent if topic in topics]
    return EntityCount(
        shape.name,
        len(own),
        len(own) - own.count(None),
        sum(ends(cluster.admin(), sorted(topics)).values()),
        events,
        dead,
        digest(shape, current),
        digest(shape, _of_lake(places, project, shape)),
        digest(shape, _of_store(places, project, shape)),
    )


def _of_topic(
    cluster: Cluster, shape: Shape, opener: EventOpener | None
) -> tuple[int, Iterable[Mapping[str, Any]]]:
    """Return the number of events, and the rows that are left when the newest of each key counts."""
    decode = msgspec.json.Decoder(_Event).decode
    newest: dict[str, tuple[tuple[str, int], dict[str, Any] | None]] = {}
    count = 0
    for record in extract(cluster, [entity_topic(shape)]):
        if record.value is None:
            continue
        event = decode(record.value if opener is None else opener.opened(record.value))
        count += 1
        rank = (event.sequence, int(event.mapping.partition("-")[0]))
        if event.subject not in newest or rank > newest[event.subject][0]:
            newest[event.subject] = (rank, None if event.type.endswith(".deleted") else event.data)
    return count, (data for _, data in newest.values() if data is not None)


def _of_lake(places: Endpoints, project: Project, shape: Shape) -> Iterator[Mapping[str, Any]]:
    with open_lake(places.lake_url, shapes(project), places.lake_options) as lake:
        columns, rows = lake.query(f'select * from "{shape.name}"')  # noqa: S608 - an entity's own name
        for row in rows:
            yield dict(zip(columns, row, strict=True))


def _of_store(places: Endpoints, project: Project, shape: Shape) -> Iterator[Mapping[str, Any]]:
    try:
        with psycopg.connect(places.dsn, row_factory=dict_row) as connection:
            table = sql.Identifier(project.settings.store.schema, shape.name)
            with connection.cursor("reconcile") as cursor:
                cursor.itersize = 10_000
                yield from cursor.execute(sql.SQL("select * from {}").format(table))
    except psycopg.OperationalError as error:
        raise UnavailableError("store", str(error).strip(), "run `franca up`, or check [store]") from error


def _feeding(project: Project, shape: Shape) -> set[str]:
    """Return the raw topics of the tables that feed an entity."""
    feeding = {(m.application.name, m.table) for m in project.mappings() if m.entity is shape.cls}
    return {table_topic(project, project.application(name), table) for name, table in feeding}


def _dead(project: Project, cluster: Cluster, places: Endpoints) -> dict[str, int]:
    """Return the dead letters per entity: those of its mapping, and those of its tables' messages."""
    counts: dict[str, int] = {}
    letters = Letters(project, cluster, places).survey(Filter())
    for mapping in project.mappings():
        topic = table_topic(project, mapping.application, mapping.table)
        own = [
            letter for letter in letters if letter.topic == topic and letter.refused_by in ("", mapping.name)
        ]
        name = shape_of(mapping.entity).name
        counts[name] = counts.get(name, 0) + len(own)
    return counts
