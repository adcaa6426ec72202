"""What a store says before it is ever reached."""

import traceback

import pytest

from franca.errors import DefinitionError
from franca.sinks.parking import Parking
from franca.sinks.postgres import PostgresSink


@pytest.mark.parametrize("dsn", ["host=db password=my secret", "postgresql://u:x@h/db?secret"])
def test_a_dsn_that_can_not_be_read_is_not_repeated(dsn: str) -> None:
    """The client names the piece that it trips over, and that may be half a password."""
    sink = PostgresSink(dsn, [], Parking(lambda _messages: None, "store", []))

    with pytest.raises(DefinitionError, match="dsn") as caught:
        sink.open()

    assert "secret" not in "".join(traceback.format_exception(caught.value))
