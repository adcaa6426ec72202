"""The schema registry of a project, as franca.toml has it."""

from franca.config.settings import RegistrySettings
from franca.topics.schema_registry import RegistryAddress, SchemaRegistry


def registry_of(settings: RegistrySettings) -> SchemaRegistry | None:
    """Return the registry, None where none is named. Nothing is connected yet."""
    if not settings.url:
        return None
    address = RegistryAddress(settings.url, settings.user, settings.password, settings.options)
    return SchemaRegistry(address)
