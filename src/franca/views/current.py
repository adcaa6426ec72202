"""The SQL of an entity's current state. Never opens a connection."""

from franca.model.shape import Shape

STATE_COLUMNS = ("_sequence", "_mapping", "_event_id", "_origin", "_changed_at")
"""What a row of the current state tells about where it comes from, as in the store's tables."""


def current_state(shape: Shape) -> str:
    """Return the query over `<entity>_events` that gives the newest event of each key, without the deleted.

    Newest is the largest sequence, then the largest mapping number; of equals the first on its topic.
    """
    fields = ", ".join(f'"{name}"' for name in (*(field.name for field in shape.fields), *STATE_COLUMNS))
    order = 'PARTITION BY "_subject" ORDER BY "_sequence" DESC, "_mapping" DESC, "_offset"'
    newest = f'SELECT *, row_number() OVER ({order}) AS "_place" FROM "{shape.name}_events"'  # noqa: S608 - the model checks names
    return f'SELECT {fields} FROM ({newest}) WHERE "_place" = 1 AND "_type" <> \'{shape.entity}.deleted\''  # noqa: S608 - as above
