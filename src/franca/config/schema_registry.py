"""The schema registry of a project, as franca.toml has it, and the form of events that it makes possible."""

from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

import msgspec

from franca.config.project import Project
from franca.config.settings import RegistrySettings
from franca.config.topics import entity_topics
from franca.errors import DefinitionError, WriteError
from franca.model.shape import shape_of
from franca.topics.event_encoding import EventEncoder, EventOpener
from franca.topics.schema_registry import RegistryAddress, SchemaRegistry
from franca.types import Message, Record

LOCAL_PORT = 8081
"""Where registries listen by custom."""

LOCAL_PATH = "/apis/ccompat/v7"
"""Where the registry that `franca up` starts has Confluent's interface."""


def registry_of(settings: RegistrySettings) -> SchemaRegistry | None:
    """Return the registry, None where none is named. Nothing is connected yet."""
    url = url_of(settings)
    return (
        SchemaRegistry(RegistryAddress(url, settings.user, settings.password, settings.options))
        if url
        else None
    )


def url_of(settings: RegistrySettings) -> str:
    """Return the registry's address, empty where there is none."""
    if not settings.local:
        return settings.url
    return f"http://127.0.0.1:{local_port(settings)}{LOCAL_PATH}"


def local_port(settings: RegistrySettings) -> int | None:
    """Return the port of the registry that `franca up` starts, None where it starts none.

    Raises DefinitionError for the address of another machine.
    """
    if not settings.local:
        return None
    try:
        parts = urlsplit(settings.url or f"http://127.0.0.1:{LOCAL_PORT}")
        port = parts.port or LOCAL_PORT
    except ValueError as error:
        raise DefinitionError.one("registry.url", f"is no address: {error}", "leave it out") from error
    if parts.hostname not in ("127.0.0.1", "localhost"):
        reason = f"is on {parts.hostname!r}, and `franca up` starts a registry on this machine only"
        raise DefinitionError.one("registry.url", reason, "leave out `local`, or the url")
    return port


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


class TopicForm:
    """The form in which a project's events stand on their topics; JSON is what everything else knows."""

    def __init__(self, project: Project) -> None:
        self._opener, self._encoder = opener_of(project), encoder_of(project)

    def opened(self, value: bytes) -> bytes:
        """Return an event as JSON. Raises WriteError for what is none, UnavailableError."""
        return value if self._opener is None else self._opener.opened(value)

    def records(self, records: Iterable[Record]) -> Iterator[Record]:
        """Yield records with events as JSON; what is none stays as it is. Raises UnavailableError."""
        for record in records:
            if record.value is None or self._opener is None:
                yield record
                continue
            try:
                value = self._opener.opened(record.value)
            except WriteError:
                yield record
            else:
                yield msgspec.structs.replace(record, value=value)

    def written(self, messages: Iterable[Message]) -> list[Message]:
        """Return messages as their topics have them. Raises WriteError for what the form can't hold."""
        if self._encoder is None:
            return list(messages)
        write = self._encoder.written
        return [
            (topic, key, None if value is None else write(topic, value)) for topic, key, value in messages
        ]


def register_schemas(project: Project) -> None:
    """Register the schemas of the project's events, before anything is written by them.

    Raises DefinitionError for what the registry's rules forbid, UnavailableError.
    """
    encoder = encoder_of(project)
    if encoder is not None:
        encoder.register()
