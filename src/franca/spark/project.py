"""A project's streams by Spark, described from its franca.toml. Nothing is connected yet."""

from collections.abc import Mapping

from franca.config.endpoints import Endpoints
from franca.config.names import LAKE
from franca.config.pipelines import shapes
from franca.config.project import Project
from franca.config.settings import PipelineSettings
from franca.model.shape import Shape
from franca.spark.destination import Destination
from franca.spark.lake_destination import Lake, LakeDestination
from franca.spark.lake_task import Letters
from franca.spark.store_destination import StoreDestination
from franca.spark.store_task import Store
from franca.spark.stream import StreamSettings
from franca.topics.names import entity_topic


def settings_of(project: Project, places: Endpoints, pipeline: str) -> StreamSettings:
    """Return what a pipeline's stream reads, and for the rest how a stream is where nobody says more."""
    told = project.settings.pipelines.get(pipeline, PipelineSettings())
    topics = tuple(sorted(_by_topic(project)))
    return StreamSettings(places.cluster, topics, skip_lost=told.skip_lost)


def destination_of(project: Project, places: Endpoints, pipeline: str) -> Destination:
    """Return where a pipeline, `lake` or `store`, puts the entities' events."""
    applications = tuple(application.name for application in project.applications)
    letters = Letters(places.cluster, applications, project.settings.registry)
    if pipeline == LAKE:
        return LakeDestination(Lake(places.lake_url, places.lake_options, _by_topic(project)), letters)
    return StoreDestination(Store(places.dsn, project.settings.store.schema, _by_topic(project)), letters)


def _by_topic(project: Project) -> Mapping[str, Shape]:
    return {entity_topic(shape): shape for shape in shapes(project)}
