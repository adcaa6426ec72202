"""A small disk of its own for a test, where this account may mount one."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

RIGHTS = ("permission", "permitted", "superuser")
"""What `mount` says where the account, or the container it is in, may not."""


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """Mount a disk of the size on a folder for a while.

    The test is skipped where that can't be done; in CI only where the account has no right to.
    """
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode:
        reason = f"a small disk can't be mounted: {mounted.stderr.strip()}"
        has_rights = os.geteuid() == 0 and not any(word in mounted.stderr.lower() for word in RIGHTS)
        if has_rights and "CI" in os.environ:
            pytest.fail(reason)
        pytest.skip(reason)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
