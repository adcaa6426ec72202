"""What a run is to do, and what is made ready for it: contracts, versions, topics, jobs."""

from collections.abc import Sequence
from typing import NamedTuple

from franca.cli.output import tell
from franca.cli.topics import create_topics
from franca.config.endpoints import Endpoints
from franca.config.pipelines import chosen_pipelines, source_topics
from franca.config.project import Project
from franca.config.schema_registry import register_schemas
from franca.errors import DefinitionError, UsageError
from franca.local.endpoints import find_endpoints
from franca.local.job import Job
from franca.operations.migration import publish_contracts
from franca.operations.publication import entity_versions, require_published

_FIRST = "declare an entity, and a mapping that gives it; `franca new` writes an example"


class Order(NamedTuple):
    """What is to be run, how wide, and whether it ends by itself; no `pipelines` are all of them."""

    pipelines: Sequence[str] = ()
    until_caught_up: bool = True
    workers: int | None = None


class Ready(NamedTuple):
    """A project that may run: where its services are, its jobs, upstream first, and its contracts.

    Each job comes with how many workers do it.
    """

    places: Endpoints
    jobs: list[tuple[Job, int]]
    contracts: list[str]


def made_ready(project: Project, profile: str, order: Order) -> Ready:
    """Check a project, publish what is new in it, and make its topics.

    Raises DefinitionError, also where its model differs from what is published; UsageError for a pipeline
    that it does not have, or where it has none; UnavailableError.
    """
    names = chosen_pipelines(project, order.pipelines)
    project.check()
    if not names:
        raise UsageError.one("run", "the project has no mappings, so there is nothing to stream", _FIRST)
    places = prepared(project, store=not order.pipelines or "store" in names)
    hashes = {application.name: application.hash for application in project.applications}
    settings, jobs = project.settings, []
    for name in names:
        own = settings.pipelines.get(name)
        count = order.workers or (own.workers if own else None) or settings.run.workers
        job = Job(
            str(project.folder),
            profile,
            name,
            places,
            order.until_caught_up,
            mappings=hashes,
            topics=source_topics(project, name),
        )
        jobs.append((job, count))
    return Ready(places, jobs, [version.contract.id for version in entity_versions(project)])


def prepared(project: Project, *, store: bool) -> Endpoints:
    """Publish what is new in a checked project, make its topics, and return where its services are.

    Raises DefinitionError where its model differs from what is published, UnavailableError.
    """
    new = require_published(project)
    project.publish_versions()
    places = find_endpoints(project, store=store)
    create_topics(project, places)
    register_schemas(project)
    if new:
        publish_contracts(project, places.cluster, new)
    return places


def tell_unpublished(project: Project) -> None:
    """Say on standard error where a model differs from what is published, to whoever only looks."""
    try:
        require_published(project)
    except DefinitionError as error:
        for problem in error.problems:
            tell(str(problem))
        tell("until that is settled nothing is published; this only looks")
