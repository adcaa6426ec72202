"""Days, times and moments of PostgreSQL that Python lacks: read as texts, so that no other row fails."""

from typing import Any

from sqlalchemy.engine import Connection

from franca.catalog.postgres_values import adapters_of

_TYPES = ("date", "time", "timetz", "timestamp", "timestamptz")


def read_as_text_where_odd(connection: Connection) -> None:
    """Have a connection give `infinity`, `24:00:00` and what lies before the year 1 or behind 9999 as texts.

    Other databases than PostgreSQL, and other drivers than psycopg, are left as they are.
    """
    adapters = adapters_of(connection)
    if adapters is None:
        return
    from psycopg.pq import Format

    for name in _TYPES:
        oid = adapters.types[name].oid
        usual = adapters.get_loader(oid, Format.TEXT)
        if usual is not None:
            adapters.register_loader(oid, _loader(usual))


def _loader(usual: Any) -> Any:
    from psycopg import DataError
    from psycopg.adapt import Loader

    class Moment(Loader):
        """Gives what the usual loader gives, else the text."""

        def __init__(self, oid: int, context: Any = None) -> None:
            super().__init__(oid, context)
            self._usual = usual(oid, context)

        def load(self, data: Any) -> Any:
            try:
                return self._usual.load(data)
            except DataError:
                return bytes(data).decode()

    return Moment
