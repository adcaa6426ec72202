"""Free TCP ports on this machine's own address."""

import random
import socket

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


def choose(*taken: int) -> int:
    """Return a free port that is none of `taken`."""
    candidates = random.SystemRandom().sample(range(FIRST, LAST), TRIES)
    for port in candidates:
        if port not in taken and is_free(port):
            return port
    raise OSError(f"no free port among {TRIES} tried between {FIRST} and {LAST}")
