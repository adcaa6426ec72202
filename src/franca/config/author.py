"""Who is at work on this machine, as it is noted with what somebody decides."""

import getpass
import os
import socket


def author() -> str:
    """Return who is at work here, as `user@host`."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # a container's account need not have a name
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"
