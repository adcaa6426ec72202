"""Which tables remember their rows: those of which a message alone may not tell what the row was."""

from collections.abc import Mapping as Map

from franca.mapping.application import Application
from franca.mapping.before_images import before_images
from franca.model.entity import Table
from franca.model.shape import shape_of


def remembers(application: Application, table: type[Table], capture: str) -> bool:
    """Return whether the table's rows are to be remembered; a table without a key has nothing to go by."""
    if not shape_of(table).keys or capture == "full":
        return False
    if capture == "partial":
        return True
    mappings = [each for each in application.mappings if not each.problems and each.table is table]
    return any(before_images(mapping) is not None for mapping in mappings)


def remembering(application: Application, captures: Map[str, str]) -> list[str]:
    """Return the names of the application's tables that remember; `captures` is by table."""
    names = {shape_of(table).name: table for table in application.tables}
    return [
        name for name, table in names.items() if remembers(application, table, captures.get(name, "auto"))
    ]
