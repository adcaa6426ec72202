"""Ends a version of an entity that no mapping gives any more: its data is kept, or dropped."""

from collections.abc import Callable, Collection, Iterator, Sequence

import msgspec

from franca.config.endpoints import Endpoints
from franca.config.project import Project
from franca.contracts.contract import Contract
from franca.contracts.schema import contract_from, schema_of
from franca.errors import DefinitionError, UsageError
from franca.operations.migration import Step
from franca.operations.publication import EntityVersion, entity_versions, withdraw
from franca.operations.runs import Run, live_runs
from franca.sinks.publisher import Publisher
from franca.sources.extract import extract
from franca.topics.admin import delete_topic, matching
from franca.topics.names import CONTRACTS


class Retirement:
    """The end of `individual/1`. With `drop` its topic and tables go too, but those in `left`.

    Raises UsageError for what was never published, DefinitionError while something still feeds it.
    """

    def __init__(
        self, project: Project, endpoints: Endpoints, name: str, *, drop: bool, left: Collection[str] = ()
    ) -> None:
        self._project, self._endpoints, self._drop, self._left = project, endpoints, drop, left
        self._cluster = endpoints.cluster
        version = next((each for each in entity_versions(project) if each.contract.id == name), None)
        if version is not None and version.declared is not None:
            reason = "is still given by a mapping"
            remedy = "take class and mapping out of the model first, then retire it, then `franca reload`"
            raise DefinitionError.one(name, reason, remedy)
        self._is_filed = version is not None
        self._message = self._last_message(name)
        self._contract = self._known(name, version)
        if drop:
            self._require_unfed(live_runs(project.state))

    def steps(self) -> list[Step]:
        """Return what is to be done. Nothing is changed. Raises UnavailableError."""
        return [*self._dropped(), *self._withdrawn()] if self._drop else list(self._withdrawn())

    def carry_out(self, steps: Sequence[Step], tell: Callable[[Step], None]) -> None:
        """Do what `steps` gave, and tell each when it is done. Killed in between it is done again."""
        doers: dict[str, Callable[[], None]] = {
            "topics": lambda: delete_topic(self._cluster.admin(), self._contract.topic),
            "lake": self._remove_from_lake,
            "store": self._remove_from_store,
            "contracts": self._withdraw,
        }
        for step in steps:
            doers[step.place]()
            tell(step)

    def _dropped(self) -> Iterator[Step]:
        """Yield what of its data is still there."""
        contract = self._contract
        if matching(self._cluster.admin(), [contract.topic]):
            yield Step("topics", contract.topic, "delete")
        if "lake" not in self._left and self._is_in_lake():
            yield Step("lake", self._lake_url(), "DROP TABLE")
        if "store" not in self._left and self._is_in_store():
            schema = self._project.settings.store.schema
            yield Step("store", f"{schema}.{contract.table}", f'DROP TABLE "{schema}"."{contract.table}"')

    def _withdrawn(self) -> Iterator[Step]:
        if self._message != self._farewell():
            yield Step("contracts", f"topic {CONTRACTS}", f"retire {self._contract.id}")
        if self._is_filed:
            yield Step("contracts", f"contracts/{self._contract.topic}.json", "remove")

    def _withdraw(self) -> None:
        Publisher(self._cluster).publish([(CONTRACTS, self._contract.id.encode(), self._farewell())])
        withdraw(self._project, self._contract)

    def _farewell(self) -> bytes | None:
        """Return the contract's last message: marked as retired, or nothing where its data is dropped."""
        if self._drop:
            return None
        return msgspec.json.encode({**schema_of(self._contract), "x-franca-retired": True})

    def _last_message(self, name: str) -> bytes | None:
        found = None
        for record in extract(self._cluster, [CONTRACTS]):
            if record.key == name.encode():
                found = record.value
        return found

    def _known(self, name: str, version: EntityVersion | None) -> Contract:
        if version is not None:
            return version.contract
        if self._message is not None:
            return contract_from(self._message, f"topic {CONTRACTS}, {name}")
        raise UsageError.one(
            name, "was never published, or is gone", "expected a contract such as individual/1"
        )

    def _require_unfed(self, runs: Sequence[Run]) -> None:
        for run in runs:
            if self._contract.id in run.contracts:
                reason = f"is still fed by the run with the process id {run.pid}"
                raise DefinitionError.one(self._contract.id, reason, "`franca reload` first, or stop it")

    def _lake_url(self) -> str:
        from franca.lake.location import events_url  # in an extra

        return events_url(self._endpoints.lake_url, self._contract.table)

    def _is_in_lake(self) -> bool:
        from franca.lake.removal import is_table  # in an extra

        return is_table(self._lake_url(), self._endpoints.lake_options)

    def _remove_from_lake(self) -> None:
        from franca.lake.location import TABLES, table_url  # in an extra
        from franca.lake.removal import remove_table

        for name in reversed(TABLES):  # events last: as long as they are there, this is not done
            url = table_url(self._endpoints.lake_url, self._contract.table, name)
            remove_table(url, self._endpoints.lake_options)

    def _is_in_store(self) -> bool:
        from franca.sinks.postgres_migration import is_table  # in an extra

        return is_table(self._endpoints.dsn, self._project.settings.store.schema, self._contract.table)

    def _remove_from_store(self) -> None:
        from franca.sinks.postgres_migration import drop  # in an extra

        drop(self._endpoints.dsn, self._project.settings.store.schema, self._contract.table)
