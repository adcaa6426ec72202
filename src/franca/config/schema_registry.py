"""The schema registry of a project, as franca.toml has it, and the form of events that it makes possible."""

from franca.config.project import Project
from franca.config.settings import RegistrySettings
from franca.config.topics import entity_topics
from franca.model.shape import shape_of
from franca.topics.event_encoding import EventEncoder, EventOpener
from franca.topics.schema_registry import RegistryAddress, SchemaRegistry


def registry_of(settings: RegistrySettings) -> SchemaRegistry | None:
    """Return the registry, None where none is named. Nothing is connected yet."""
    if not settings.url:
        return None
    address = RegistryAddress(settings.url, settings.user, settings.password, settings.options)
    return SchemaRegistry(address)


def encoder_of(project: Project) -> EventEncoder | None:
    """Return what writes events as `[topics] encoding` has it, None where they are plain JSON."""
    encoding, registry = project.settings.topics.encoding, registry_of(project.settings.registry)
    if encoding == "json" or registry is None:
        return None
    topics = set(entity_topics(project))
    shapes = {shape_of(e).name: shape_of(e) for e in project.entities if shape_of(e).name in topics}
    return EventEncoder(registry, encoding, shapes)


def opener_of(project: Project) -> EventOpener | None:
    """Return what makes JSON of events, None where no registry is named: then they are JSON."""
    registry = registry_of(project.settings.registry)
    return None if registry is None else EventOpener(registry)


def register_schemas(project: Project) -> None:
    """Register the schemas of the project's events, before anything is written by them.

    Raises DefinitionError for what the registry's rules forbid, UnavailableError.
    """
    encoder = encoder_of(project)
    if encoder is not None:
        encoder.register()
