"""What a view is before any engine sees it: its columns with their meaning, and its query as a tree."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from functools import cached_property

from sqlglot import exp

from franca.model.field import Field
from franca.model.kind import Kind
from franca.model.shape import Shape
from franca.views.trees import tables

ENVELOPE = {
    "_sequence": "Orders the changes of one key.",
    "_mapping": "The number of the published mappings that made the row.",
    "_event_id": "The event that the row comes from.",
    "_origin": "The application whose user made the change.",
    "_changed_at": "When the source committed the change.",
}
"""What the columns say that tell where a row comes from; the lake's and the store's tables have them."""

STATE_COLUMNS = tuple(ENVELOPE)
CHANGED_AT = "_changed_at"


@dataclass(frozen=True, slots=True)
class ViewColumn:
    """One column of a view. `sources` are the entities' fields that its values are taken from.

    `field` tells its type, where it has the values of one field as they are, or is a moment.
    """

    name: str
    description: str = ""
    is_personal: bool = False
    sources: tuple[tuple[str, str], ...] = ()
    field: Field | None = None


@dataclass(frozen=True)
class View:
    """One view. `kind` is the rule that made it, `entity` the one that it is about, if any.

    `parameter` is the name of the moment that the query asks for; then it is a table function where the
    engine has them, and else a pattern. `notes` say what the view leaves out, and why. One that is
    `only_in_lake` is declared so, whatever it reads.
    """

    name: str
    kind: str
    entity: str
    description: str
    columns: tuple[ViewColumn, ...]
    make: Callable[[], exp.Query] = attribute(repr=False)
    parameter: str = ""
    notes: tuple[str, ...] = ()
    only_in_lake: bool = False

    @cached_property
    def query(self) -> exp.Query:
        """The tree of the query, made when it is first asked for: most views never are."""
        return self.make()

    @cached_property
    def reads(self) -> tuple[str, ...]:
        """The relations that the query names, its own parts apart."""
        return tuple(dict.fromkeys(relation.name for relation in tables(self.query)))

    def column(self, name: str) -> ViewColumn:
        """Return the column of that name. Raises KeyError."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


def field_column(shape: Shape, of: Field, name: str = "", *, said: str = "") -> ViewColumn:
    """Return the column of a field, under its own or another name; `said` stands before its description."""
    description = " ".join(part for part in (said, of.description) if part)
    return ViewColumn(name or of.name, description, of.is_personal, ((shape.name, of.name),), of)


def moment_column(name: str, description: str) -> ViewColumn:
    """Return the column of a moment that no mapping gives."""
    return ViewColumn(name, description, field=Field(name, name, Kind.TIMESTAMP))


def state_columns() -> Sequence[ViewColumn]:
    """Return the columns that tell where a row comes from."""
    return [
        moment_column(name, ENVELOPE[name]) if name == CHANGED_AT else ViewColumn(name, ENVELOPE[name])
        for name in STATE_COLUMNS
    ]
