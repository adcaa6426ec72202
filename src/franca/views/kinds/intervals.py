"""What the two columns of an interval are called, and what they mean."""

from typing import NamedTuple

from franca.model.shape import Shape
from franca.views.view import ViewColumn, moment_column


class Interval(NamedTuple):
    """The names of the columns for the beginning, included, and the end, excluded and null while it lasts."""

    start: str
    end: str

    def columns(self) -> list[ViewColumn]:
        """Return the two columns."""
        return [
            moment_column(self.start, "From when on the row was so."),
            moment_column(self.end, "Until when the row was so, itself not; null while it is."),
        ]

    def holds(self, moment: str, of: str = "") -> str:
        """Return the SQL that says that a moment lies within."""
        start, end = (f'"{of}"."{name}"' if of else f'"{name}"' for name in self)
        return f"{start} <= {moment} AND ({end} IS NULL OR {moment} < {end})"


def interval_of(shape: Shape) -> Interval:
    """Return the names in an entity's history.

    They are `valid_from` and `valid_to`, with an underscore before both where the entity has a field of
    either name: no field begins so.
    """
    taken = {field.name for field in shape.fields} & {"valid_from", "valid_to"}
    return Interval("_valid_from", "_valid_to") if taken else Interval("valid_from", "valid_to")
