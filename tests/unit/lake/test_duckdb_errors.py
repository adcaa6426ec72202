"""Every error of DuckDB has its counterpart, where events are parsed and where SQL is asked."""

import duckdb
import pyarrow as pa
import pytest

from franca.errors import DefinitionError, FrancaError, UnavailableError, WriteError
from franca.lake import parser
from franca.views import lake

BUG = duckdb.FatalException
"""The database in memory is broken: only another process has a sound one."""

AWAY = {
    "ConnectionException",
    "HTTPException",
    "IOException",
    "OperationalError",
    "OutOfMemoryException",
    "ResourceInUseException",
    "SerializationException",
    "TransactionException",
    "InterruptException",
}
RECORD = {
    "BinderException",
    "CatalogException",
    "ConstraintException",
    "ConversionException",
    "DataError",
    "DatabaseError",
    "DependencyException",
    "Error",
    "IntegrityError",
    "InternalError",
    "InternalException",
    "InvalidInputException",
    "InvalidTypeException",
    "NotImplementedException",
    "NotSupportedError",
    "OutOfRangeException",
    "ParserException",
    "PermissionException",
    "ProgrammingError",
    "SequenceException",
    "SyntaxException",
    "TypeMismatchException",
    "ArrowInvalid",
}
ASKED_AWAY = {"ConnectionException", "FatalException", "HTTPException", "IOException"}

CLASSES = {
    name: found
    for name, found in vars(duckdb).items()
    if isinstance(found, type) and issubclass(found, duckdb.Error)
} | {"ArrowInvalid": pa.ArrowInvalid}


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_every_error_of_parsing_has_a_counterpart(name: str) -> None:
    """A machine without memory is not the record's fault; whatever else fails with one record is."""
    error = CLASSES[name]("the reason")
    expected = UnavailableError if name in AWAY else BUG if name == BUG.__name__ else WriteError
    assert name in {*AWAY, *RECORD, BUG.__name__}
    try:
        found: Exception = parser.counterpart(error)
    except (FrancaError, BUG) as raised:
        found = raised
    assert type(found) is expected


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_every_error_of_asking_has_a_counterpart(name: str) -> None:
    """Whoever asks wrote the SQL; files that can't be read are not what was asked."""
    found = lake.counterpart(CLASSES[name]("the reason"))
    assert type(found) is (UnavailableError if name in ASKED_AWAY else DefinitionError)
    assert "the reason" in str(found)
