"""TCP ports on this machine's own address."""

import random
import socket

from franca.errors import UnavailableError
from franca.local.jars import Progress

HOST = "127.0.0.1"
FIRST, LAST = 20_000, 32_000
"""Below the range from which systems take ports for outgoing connections, so that a port stays ours."""
TRIES = 200


def is_free(port: int) -> bool:
    """Return whether a server could listen on `port` now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def is_open(port: int) -> bool:
    """Return whether somebody answers on `port`."""
    try:
        socket.create_connection((HOST, port), 1.0).close()
    except OSError:
        return False
    return True


def choose(service: str, *avoid: int) -> int:
    """Return a free port that is none of `avoid`. Raises UnavailableError."""
    for port in random.SystemRandom().sample(range(FIRST, LAST), TRIES):
        if port not in avoid and is_free(port):
            return port
    raise UnavailableError(
        service,
        f"no port is free among {TRIES} tried between {FIRST} and {LAST}",
        "end programs that hold many ports, or allow this one to listen on 127.0.0.1",
    )


def settle(service: str, insisted: int | None, remembered: int, progress: Progress) -> int:
    """Return the port to use: the one insisted on, else the remembered one while it is free, else a new one.

    Raises UnavailableError when the port insisted on is taken.
    """
    if insisted:
        if is_free(insisted):
            return insisted
        raise UnavailableError(
            service,
            f"port {insisted} is taken by another program",
            "end that program, or leave the port out and franca chooses a free one",
        )
    if remembered and is_free(remembered):
        return remembered
    chosen = choose(service, remembered)
    if remembered:
        progress(f"{service}: port {remembered} is taken by another program, now using {chosen}", 0, 0)
    return chosen
