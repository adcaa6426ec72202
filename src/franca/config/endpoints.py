"""Where the services of a project are, once it is known which of them are franca's own."""

from dataclasses import dataclass, field

from franca.config.places import place
from franca.config.project import Project
from franca.config.settings import Options
from franca.topics.cluster import Cluster


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The addresses that pipelines connect to. URLs of the lake and the archive may be plain folders."""

    bootstrap: str
    dsn: str = field(repr=False)
    lake_url: str
    archive_url: str
    kafka_options: Options = field(default_factory=dict, repr=False)
    lake_options: dict[str, str] = field(default_factory=dict, repr=False)
    archive_options: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def cluster(self) -> Cluster:
        """The Kafka cluster. Nothing is connected."""
        return Cluster(self.bootstrap, self.kafka_options)


def endpoints(project: Project, bootstrap: str, dsn: str) -> Endpoints:
    """Return the project's endpoints; `bootstrap` and `dsn` are those of the local services.

    Raises DefinitionError where the lake's or the archive's folder is a file, or one that Delta can't name,
    and where options name an address that no request can be sent to.
    """
    settings = project.settings
    return Endpoints(
        bootstrap=settings.kafka.bootstrap or bootstrap,
        dsn=settings.store.dsn or dsn,
        lake_url=place(project, settings.lake, "lake"),
        archive_url=place(project, settings.archive, "archive"),
        kafka_options=settings.kafka.options,
        lake_options=settings.lake.options,
        archive_options=settings.archive.options,
    )
