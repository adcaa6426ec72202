"""The address of a database is read, or it is said what is wrong with it."""

import pytest

from franca.catalog.database import url_of
from franca.errors import UsageError


@pytest.mark.parametrize("address", ["postgresql://me:secret@127.0.0.1:port/crm", "nowhere"])
def test_an_address_that_is_none_is_told_without_its_password(address: str) -> None:
    """A port that is no number as well."""
    with pytest.raises(UsageError, match="the address can't be read, expected") as told:
        url_of(address)
    assert "secret" not in str(told.value)
