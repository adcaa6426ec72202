"""A real schema registry for one machine: Apicurio's, with Confluent's interface, its data in a file."""

from pathlib import Path
from typing import ClassVar

from franca.config.schema_registry import LOCAL_PATH
from franca.errors import FrancaError
from franca.local.apicurio import SERVICE, fetch_registry
from franca.local.jars import Progress, cache_folder
from franca.local.java import find_java
from franca.local.memory import ServiceState
from franca.local.ports import HOST
from franca.local.process import Program, alive, wait_until
from franca.local.server import Server
from franca.topics.schema_registry import RegistryAddress, SchemaRegistry

OLDEST = 21
"""The oldest Java that the registry runs on."""

FLAGS = (
    "-Xms64m",
    "-Xmx384m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:-UsePerfData",
    "-XX:+ExitOnOutOfMemoryError",
    "-Dapicurio.storage.kind=sql",
    "-Dapicurio.storage.sql.kind=h2",
    "-Dapicurio.datasource.url=jdbc:h2:file:./db",
    "-Dquarkus.log.level=WARN",
    "-Dquarkus.http.access-log.enabled=false",
    # What it does not know it answers with a type and no body, and Quarkus then takes a header from the
    # answer while another thread writes it: one in 500 is lost. Confluent's deserialisers ask for this one.
    "-Dapicurio.disable.apis=/apis/ccompat/v[78]/associations/.*",
    '-Dquarkus.log.category."io.apicurio.registry.services.DisabledApisMatcherService".level=ERROR',
    f"-Dquarkus.http.host={HOST}",
    f"-Dquarkus.management.host={HOST}",
)


class LocalRegistry(Server):
    """The registry; see `Server`."""

    name = service = SERVICE
    start_seconds: ClassVar[float] = 90.0

    @property
    def url(self) -> str:
        """The address for clients; its port is 0 before the first start."""
        return f"http://{HOST}:{self._recall().port}{LOCAL_PATH}"

    def _start(self, progress: Progress) -> None:
        jar = fetch_registry(cache_folder(self.folder / "cache"), progress)
        progress("starting the schema registry", 0, 0)
        self._log.begin()
        if not self._launch(find_java(OLDEST, SERVICE), jar, progress):
            raise self._log.failure(SERVICE, "the registry")

    def _launch(self, java: Path, jar: Path, progress: Progress) -> bool:
        state = self._settled(progress, second=True)
        ports = (
            f"-Dquarkus.http.port={state.port}",
            f"-Dquarkus.management.port={state.controller_port}",
        )
        command = [str(java), *FLAGS, *ports, self._mark, "-jar", str(jar)]
        return self._is_launched(Program(command, self.data, self.log), state)

    def _answers(self, state: ServiceState) -> bool:
        """Return True when the registry answers, False when it died or took too long."""
        registry = SchemaRegistry(RegistryAddress(f"http://{HOST}:{state.port}{LOCAL_PATH}"))
        answered = False

        def is_settled() -> bool:
            nonlocal answered
            answered = _pings(registry)
            return answered or not alive(state.pid, self._mark)

        wait_until(is_settled, self.start_seconds)
        return answered and alive(state.pid, self._mark)


def _pings(registry: SchemaRegistry) -> bool:
    try:
        registry.ping()
    except FrancaError:
        return False
    return True
