"""Brings topics, lake, store and published contracts up to the model, step by step, in one order.

Each step asks first what is there, so a migration that was killed is run again and does what is left. The
files in `contracts/` come last: what stands there has been done.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from franca.config.endpoints import Endpoints
from franca.config.pipelines import shapes
from franca.config.project import Project
from franca.config.topics import topic_plans
from franca.contracts.contract import Contract
from franca.contracts.schema import schema_text
from franca.errors import DefinitionError
from franca.model.shape import Shape
from franca.operations.publication import EntityVersion, entity_versions, problems, publish
from franca.sinks.publisher import Publisher
from franca.sources.extract import extract
from franca.topics.admin import check_topics, ensure_topics
from franca.topics.cluster import Cluster
from franca.topics.names import CONTRACTS

if TYPE_CHECKING:
    from franca.lake.events_table import EventsTable
    from franca.sinks.postgres_table import EntityTable

Place: TypeAlias = Literal["topics", "lake", "store", "contracts"]

EVERYWHERE: tuple[Place, ...] = ("topics", "lake", "store", "contracts")
"""In this order: who reads is ready before the first event that needs it."""


class Step(NamedTuple):
    """One thing to be done: where, to what, and the statement in the words of that place."""

    place: Place
    target: str
    statement: str


class Migration:
    """What a project's services lack of its model. Raises DefinitionError where the model breaks a contract.

    `accepted` are the differences, as `individual.gender`, with which the owner says that all can cope.
    """

    def __init__(
        self,
        project: Project,
        endpoints: Endpoints,
        accepted: Collection[str] = (),
        places: Sequence[Place] = EVERYWHERE,
    ) -> None:
        self.versions = entity_versions(project)
        wrong = problems(self.versions, accepted)
        if wrong:
            raise DefinitionError(wrong)
        self._project, self._endpoints, self._places = project, endpoints, places
        self._cluster = endpoints.cluster

    def steps(self) -> list[Step]:
        """Return what is to be done. Nothing is changed. Raises DefinitionError, UnavailableError."""
        kinds: dict[Place, Callable[[], Iterator[Step]]] = {
            "topics": self._topic_steps,
            "lake": self._lake_steps,
            "store": self._store_steps,
            "contracts": self._contract_steps,
        }
        return [step for place in EVERYWHERE if place in self._places for step in kinds[place]()]

    def carry_out(self, steps: Sequence[Step], tell: Callable[[Step], None]) -> None:
        """Do what `steps` gave, place by place, and tell each when it is done."""
        doers: dict[Place, Callable[[], None]] = {
            "topics": self._make_topics,
            "lake": self._grow_lake,
            "store": self._alter_store,
            "contracts": self._publish,
        }
        for place in EVERYWHERE:
            due = [step for step in steps if step.place == place]
            if due:
                doers[place]()
                for step in due:
                    tell(step)

    def _topic_steps(self) -> Iterator[Step]:
        report = check_topics(self._cluster.admin(), topic_plans(self._project))
        for name in report.missing:
            yield Step("topics", name, "create")

    def _make_topics(self) -> None:
        ensure_topics(self._cluster.admin(), topic_plans(self._project))

    def _lake_steps(self) -> Iterator[Step]:
        for shape in shapes(self._project):
            table = _events_table(self._endpoints, shape)
            pending = table.pending()
            if pending is None:
                yield Step("lake", table.url, "CREATE TABLE")
            for name, kind in pending or ():
                yield Step("lake", table.url, f"ADD COLUMNS (`{name}` {kind})")

    def _grow_lake(self) -> None:
        for shape in shapes(self._project):
            _events_table(self._endpoints, shape).open()

    def _store_steps(self) -> Iterator[Step]:
        from franca.sinks.postgres_migration import planned  # in an extra

        for place, statement in planned(self._endpoints.dsn, self._tables()):
            yield Step("store", place, statement)

    def _alter_store(self) -> None:
        from franca.sinks.postgres_migration import alter  # in an extra

        alter(self._endpoints.dsn, self._tables())

    def _tables(self) -> "list[EntityTable]":
        from franca.sinks.postgres_table import EntityTable  # in an extra

        return [EntityTable(shape, self._project.settings.store.schema) for shape in shapes(self._project)]

    def _contract_steps(self) -> Iterator[Step]:
        for contract in unpublished(self._cluster, self._declared()):
            yield Step("contracts", f"topic {CONTRACTS}", f"publish {contract.id}")
        for version in self.versions:
            if version.is_new or version.findings:
                yield Step("contracts", f"contracts/{version.contract.topic}.json", "write")

    def _publish(self) -> None:
        publish_contracts(self._project, self._cluster, self.versions)

    def _declared(self) -> list[Contract]:
        return [version.declared for version in self.versions if version.declared is not None]


def publish_contracts(project: Project, cluster: Cluster, found: Sequence[EntityVersion]) -> None:
    """Publish contracts on their topic, then in their files. Raises UnavailableError, DefinitionError."""
    declared = [version.declared for version in found if version.declared is not None]
    Publisher(cluster).publish(
        [(CONTRACTS, each.id.encode(), schema_text(each)) for each in unpublished(cluster, declared)]
    )
    publish(project, found)


def unpublished(cluster: Cluster, declared: Sequence[Contract]) -> list[Contract]:
    """Return the contracts whose newest message on their topic says something else, or is missing."""
    there = {record.key: record.value for record in extract(cluster, [CONTRACTS])}
    return [contract for contract in declared if there.get(contract.id.encode()) != schema_text(contract)]


def _events_table(endpoints: Endpoints, shape: Shape) -> "EventsTable":
    from franca.lake.columns import events_schema, ranged_columns  # in an extra, and slow to load
    from franca.lake.events_table import EventsTable  # as above
    from franca.lake.location import events_url  # as above

    url = events_url(endpoints.lake_url, shape.name)
    return EventsTable(url, endpoints.lake_options, events_schema(shape), [], ranged_columns(shape))
