"""A lake in memory for the tests of views: the events of a few entities, put together by hand."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from deltalake import write_deltalake

from franca.lake.columns import events_schema
from franca.lake.location import events_url
from franca.model.entity import Entity
from franca.model.shape import Shape, shape_of
from franca.views.catalogue import Catalogue
from franca.views.current import current_state
from franca.views.lake import Lake
from franca.views.plan import plan

START = datetime(2026, 1, 1, tzinfo=UTC)


def at(minute: float) -> datetime:
    """Return the moment so many minutes after the scene's beginning."""
    return START + timedelta(minutes=minute)


@cache
def views_of(entities: tuple[type[Entity], ...]) -> Catalogue:
    """Return all views of some entities."""
    return plan([shape_of(entity) for entity in entities], entities)


@dataclass
class Scene:
    """Events of entities, in the order in which they stand on their topics."""

    entities: Sequence[type[Entity]]
    events: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def shapes(self) -> list[Shape]:
        """Return the shapes of the entities."""
        return [shape_of(entity) for entity in self.entities]

    def add(
        self,
        entity: type[Entity],
        sequence: int,
        minute: float = 0,
        *,
        mapping: int = 1,
        gone: bool = False,
        **fields: Any,
    ) -> None:
        """Add an event; `fields` are those that are not null, of a deleted entity its key."""
        shape = shape_of(entity)
        events = self.events.setdefault(shape.name, [])
        subject = "/".join(str(fields[key.name]) for key in shape.keys)
        events.append(
            {
                "_event_id": f"raw.x.y/0/{len(events)}/{shape.name}/c",
                "_source": "x/y",
                "_type": f"{shape.entity}.{'deleted' if gone else 'changed'}",
                "_subject": subject,
                "_changed_at": at(minute),
                "_sequence": f"0001.lsn.{sequence:020d}.000",
                "_origin": "x",
                "_mapping": mapping,
                "_topic_id": shape.name,
                "_partition": 0,
                "_offset": len(events),
                **fields,
            }
        )

    def lake(self, as_of: datetime | None = None) -> Lake:
        """Return the lake with all views of these entities."""
        connection = duckdb.connect(":memory:")
        connection.execute("SET TimeZone = 'UTC'")
        for shape in self.shapes():
            rows = pa.Table.from_pylist(self.events.get(shape.name, []), events_schema(shape))
            for name in (f"{shape.name}_events", f"_{shape.name}_newer"):
                connection.register(name, rows)
            connection.execute(f'CREATE VIEW "{shape.name}" AS {current_state(shape)}')
        lake = Lake(connection)
        lake.define(views_of(tuple(self.entities)), as_of)
        return lake

    def store(self, folder: Path, first: int = 0, last: int | None = None) -> None:
        """Write events into a lake, all or some of each entity: its `events` table."""
        for shape in self.shapes():
            some = self.events.get(shape.name, [])[first:last]
            rows = pa.Table.from_pylist(some, events_schema(shape))
            write_deltalake(events_url(str(folder), shape.name), rows, mode="append")

    def ask(self, sql: str, as_of: datetime | None = None) -> list[tuple[Any, ...]]:
        """Return the rows of an answer."""
        with self.lake(as_of) as lake:
            return list(lake.query(sql).rows)
