"""Texts of SQLite, which keeps whatever bytes it is given: what is not UTF-8 must not end a table."""

from sqlalchemy.engine import Connection


def keep_bytes(connection: Connection) -> None:
    """Have a connection of SQLite give bytes that are not UTF-8 as lone surrogates (`surrogateescape`).

    Other databases are left as they are.
    """
    if connection.dialect.name == "sqlite":
        driver = connection.connection.dbapi_connection
        assert driver is not None
        driver.text_factory = _decoded


def _decoded(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
