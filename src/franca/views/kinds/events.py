"""The events of an entity without their repeats: the stage that histories and changes begin with."""

from sqlglot import exp

from franca.model.shape import Shape
from franca.model.views import EVENTS
from franca.views.rank import FIRST
from franca.views.trees import parsed, select, table


def key_columns(shape: Shape) -> str:
    """Return what tells an entity's keys apart: the key fields, so that a filter on them is pushed down.

    And the subject, which says the same: it is what the current state goes by.
    """
    return ", ".join(f'"{name}"' for name in (*(field.name for field in shape.keys), "_subject"))


def in_order(shape: Shape) -> str:
    """Return the window of one key's events: an entity's are all of one lineage, so sequences compare."""
    return f'PARTITION BY {key_columns(shape)} ORDER BY "_sequence"'


def distinct_events(shape: Shape) -> list[tuple[str, exp.Query]]:
    """Return the stages that leave one event of each key and sequence, named `_events`.

    Of several the largest mapping number counts, of equals the first on the topic, as in the current state.
    """
    order = f'PARTITION BY {key_columns(shape)}, "_sequence" ORDER BY "_mapping" DESC, {FIRST}'
    place = parsed(f"ROW_NUMBER() OVER ({order})", "_place")
    ranked = select(exp.Star(), place).from_(table(f"{shape.name}{EVENTS}"))
    first = select(exp.Star()).from_(table("_ranked")).where(parsed('"_place" = 1'))
    return [("_ranked", ranked), ("_events", first)]
