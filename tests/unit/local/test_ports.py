"""Ports that are free, and what happens where they are not."""

import socket

import pytest

from franca.errors import UnavailableError
from franca.local.ports import FIRST, LAST, choose, is_free, is_open, settle


def test_a_chosen_port_is_free_and_outside_the_range_of_outgoing_ones() -> None:
    """So that it can be remembered: no outgoing connection takes it by chance."""
    port = choose("kafka")
    assert FIRST <= port < LAST
    assert is_free(port)
    assert not is_open(port)


def test_a_port_with_a_listener_is_open_and_not_free() -> None:
    """Another program's port is seen as taken."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert is_open(port)
        assert not is_free(port)


def test_a_remembered_port_is_kept_in_silence() -> None:
    """Nothing changes for clients while the port is free."""
    port, said = choose("kafka"), list[str]()
    assert settle("kafka", None, port, lambda what, _done, _total: said.append(what)) == port
    assert said == []


def test_a_first_port_is_chosen_in_silence() -> None:
    """There is nothing to tell where no port was remembered."""
    said = list[str]()
    assert settle("kafka", None, 0, lambda what, _done, _total: said.append(what)) >= FIRST
    assert said == []


def test_a_taken_port_is_replaced_aloud() -> None:
    """Clients have to learn of the new one."""
    said = list[str]()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        chosen = settle("kafka", None, port, lambda what, _done, _total: said.append(what))
    assert said == [f"kafka: port {port} is taken by another program, now using {chosen}"]


def test_a_port_that_was_insisted_on_is_an_error_when_taken() -> None:
    """The user's own choice is never replaced."""
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(UnavailableError, match="is taken"):
        settle("kafka", server.getsockname()[1], 0, lambda _what, _done, _total: None)
