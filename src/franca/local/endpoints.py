"""Finds a project's services: the user's own, or those that `franca up` started here."""

from franca.config.endpoints import Endpoints, endpoints
from franca.config.project import Project
from franca.errors import UnavailableError

_REMEDY = "run `franca up`, or set its address in franca.toml"


def find_endpoints(project: Project, *, kafka: bool = True, store: bool = True) -> Endpoints:
    """Return where the project's services are.

    Raises UnavailableError where a service that is asked for should run here and does not.
    """
    bootstrap = dsn = ""
    if kafka and not project.settings.kafka.bootstrap:
        from franca.local.kafka import LocalKafka  # in an extra that only local services need

        broker = LocalKafka(project.state)
        if not broker.running():
            raise UnavailableError("kafka", "no broker runs for this project", _REMEDY)
        bootstrap = broker.bootstrap
    if store and not project.settings.store.dsn:
        from franca.local.postgres import LocalPostgres  # as above

        server = LocalPostgres(project.state)
        if not server.running():
            raise UnavailableError("store", "no PostgreSQL runs for this project", _REMEDY)
        dsn = server.dsn
    return endpoints(project, bootstrap, dsn)
