"""Texts of SQLite, which keeps whatever bytes it is given: what is not UTF-8 must not end a table."""

from franca.catalog.values import Values


class SqliteValues(Values):
    """Bytes that are not UTF-8 come as lone surrogates (`surrogateescape`)."""

    def prepare(self) -> None:
        """Have the connection give them so."""
        driver = self._connection.connection.dbapi_connection
        assert driver is not None
        driver.text_factory = _decoded


def _decoded(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
