"""Constants and types in SQL, and those that it lacks."""

import pytest

from franca.errors import DefinitionError
from franca.mapping.sql.literals import literal
from franca.mapping.tree import ValueType
from franca.model.kind import Kind


def test_a_constant_that_sql_lacks_is_refused() -> None:
    """By the name of its type."""
    with pytest.raises(DefinitionError, match="complex"):
        literal(1j, ValueType(Kind.FLOAT))
