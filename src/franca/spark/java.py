"""Chooses a Java that Spark runs on."""

import subprocess
from pathlib import Path

from franca.errors import UnavailableError
from franca.local.java import look_for_java
from franca.spark.line import JAVAS, Line

_VERSIONS = " or ".join(map(str, JAVAS))


def spark_java(line: Line) -> Path:
    """Return the home of a Java of a version that Spark runs on. Raises UnavailableError."""

    def unfit(java: Path, version: int) -> str:
        if version not in JAVAS:
            return f"is version {version or 'unknown'}"
        lacking = [module for module in line.modules if not _has(java, module)]
        return f"lacks the module {lacking[0]}" if lacking else ""

    found, rejected = look_for_java(unfit)
    if found is not None:
        return found.resolve().parent.parent
    raise UnavailableError(
        "spark",
        f"no Java of version {_VERSIONS} for Spark {line.number}: {rejected}",
        f"install a whole Java {_VERSIONS} (a JDK, or a JRE of your system) and name it in JAVA_HOME",
    )


def _has(java: Path, module: str) -> bool:
    try:
        answer = subprocess.run(  # noqa: S603 - the user's own Java
            [str(java), "--add-modules", module, "-version"], capture_output=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0
