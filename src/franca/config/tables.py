"""What franca.toml says of an application's tables, over what their classes say: topic, format, capture."""

from franca.config.settings import ApplicationSettings, Settings, TableSettings
from franca.formats.registry import told_by
from franca.mapping.application import Application
from franca.model.entity import Table
from franca.model.shape import shape_of
from franca.topics.names import raw_topic


def topic_of(settings: Settings, application: Application, table: type[Table]) -> str:
    """Return the topic of a table's raw messages, possibly a pattern, as franca.toml has it."""
    shape = shape_of(table)
    place = settings.applications.get(application.name)
    told = place.tables.get(shape.name) if place else None
    return raw_topic(application.name, shape, told.topic if told else "")


def told_format(settings: Settings, application: Application, table: type[Table]) -> str:
    """Return the name of the format of a table's messages, `auto` where nothing is said.

    What franca.toml says of the table counts most, then what the table's class says, then what franca.toml
    says of the application.
    """
    place = settings.applications.get(application.name)
    own = place.tables.get(shape_of(table).name) if place else None
    return (own.format if own else "") or told_by(table) or (place.format if place else "auto")


def capture_of(settings: Settings, application: str, table: str) -> str:
    """Return what a table's messages hold: `auto`, `full` or `partial`."""
    place = settings.applications.get(application, ApplicationSettings())
    return place.tables.get(table, TableSettings()).capture or place.capture
