"""The account that PostgreSQL runs under: it refuses root."""

import os
import pwd
from pathlib import Path

from franca.errors import UnavailableError

UNPRIVILEGED = "nobody"


def server_account(data: Path) -> tuple[int, int] | None:
    """Return the user and group for a server with its files in `data`, None for the present ones.

    For root it is the owner of `data`, else `nobody`.
    """
    if os.geteuid() != 0:
        return None
    owner = data.stat()
    if owner.st_uid != 0:
        return owner.st_uid, owner.st_gid
    try:
        entry = pwd.getpwnam(UNPRIVILEGED)
    except KeyError as error:
        raise UnavailableError(
            "store",
            f"PostgreSQL refuses to run as root, and there is no account {UNPRIVILEGED!r} to run it",
            "run franca as an ordinary user, or name your own PostgreSQL with 'dsn' in franca.toml",
        ) from error
    return entry.pw_uid, entry.pw_gid


def hand_over(path: Path, account: tuple[int, int] | None) -> None:
    """Give `path` to `account` and close it to everybody else."""
    if account is not None:
        os.chown(path, *account)
    path.chmod(0o700 if path.is_dir() else 0o600)
