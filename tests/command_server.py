"""Runs commands of franca, each in a process forked from this one: `python command_server.py SOCKET`.

It has imported what commands import and that bears a fork, as deltalake does not; nothing has run. It ends
when its standard input does.
"""

import gc
import json
import os
import select
import signal
import socket
import sys
from importlib import import_module

import typer.main

from franca.cli.main import app, main

KEPT = ("duckdb", "psycopg", "pyarrow.dataset")
"""What commands import only when they need it."""


def serve(listener: socket.socket) -> None:
    """Fork for each command, until nobody is left who asks."""
    while 0 not in select.select([0, listener.fileno()], [], [])[0]:
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            answer(connection)
            main()
        connection.close()


def answer(connection: socket.socket) -> None:
    """Become what the request asks for and return; a process between tells how it ended."""
    _, streams, _, _ = socket.recv_fds(connection, 1, 3)
    with connection.makefile("rb") as text:
        request = json.load(text)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if pid := os.fork():
        for stream in streams:
            os.close(stream)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        connection.sendall(str(code).encode())
        os._exit(0)
    connection.close()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv = ["franca", *request["arguments"]]


if __name__ == "__main__":
    group = typer.main.get_group(app)
    dict(group.commands)  # asking for a command imports it
    group.make_context("franca", ["check"])
    for name in KEPT:
        import_module(name)
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as asked:
        asked.bind(sys.argv[1])
        asked.listen(64)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        serve(asked)
    os._exit(0)
