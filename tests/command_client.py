"""Has one command of franca run by the server: `python -I -S command_client.py SOCKET ARGUMENTS…`.

It hands over its own streams, folder and environment, and ends as the command does.
"""

import json
import os
import signal
import socket
import sys


def main(address: str, *arguments: str) -> int:
    """Return the command's exit code; a signal that ended it ends this process too."""
    request = {"arguments": arguments, "folder": os.getcwd(), "environment": dict(os.environ)}  # noqa: PTH109 - soon
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(address)
        socket.send_fds(server, [b"\n"], [0, 1, 2])
        server.sendall(json.dumps(request).encode())
        server.shutdown(socket.SHUT_WR)
        code = int(server.recv(16))
    if code < 0:
        signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
