"""Asks whoever runs a command, where there is somebody, before something is done that is hard to undo."""

import sys

import typer

from franca.errors import UsageError


def require_consent(doing: str, option: str = "--yes", look: str = "") -> None:
    """Ask whether `doing` is to be; a no ends the command.

    Raises UsageError where nobody can be asked: `option` says yes beforehand, `look` shows what would be.
    """
    if not sys.stdin.isatty():
        remedy = f"say {option}, or {look} to look only" if look else f"say {option}"
        raise UsageError.one(option, f"{doing}, and nobody can be asked", remedy)
    typer.confirm(f"{doing}: go on?", abort=True, err=True)
