"""Every error of DuckDB has its counterpart where SQL is asked."""

import duckdb
import pytest

from franca.errors import DefinitionError, UnavailableError
from franca.views import lake

ASKED_AWAY = {"ConnectionException", "FatalException", "HTTPException", "IOException"}

CLASSES = {
    name: found
    for name, found in vars(duckdb).items()
    if isinstance(found, type) and issubclass(found, duckdb.Error)
}


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_every_error_of_asking_has_a_counterpart(name: str) -> None:
    """Whoever asks wrote the SQL; files that can't be read are not what was asked."""
    found = lake.counterpart(CLASSES[name]("the reason"))
    assert type(found) is (UnavailableError if name in ASKED_AWAY else DefinitionError)
    assert "the reason" in str(found)
