"""Where contestants live: each in an environment of its own, Spark and Flink with their jars."""

import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.plan import tell
from bench.process import ROOT, MeasurementError
from franca.errors import UnavailableError
from franca.local.jars import Jars, cache_folder, fetch_jars
from franca.spark.jars import spark_jars
from franca.spark.java import spark_java
from franca.spark.line import LINES

REQUIREMENTS = Path(__file__).parent / "requirements"
PROGRAMS = ROOT / "bench" / "proof" / "programs"
SPARK = LINES[-1]
FLINK = Jars("flink", REQUIREMENTS / "flink-jars.txt", "flink-2.3")
LOCAL = (
    "spark.ui.enabled=false",
    "spark.driver.host=127.0.0.1",
    "spark.driver.bindAddress=127.0.0.1",
    "spark.sql.shuffle.partitions=8",
    "spark.databricks.delta.snapshotPartitions=2",
)
"""What a user of a machine of few processors tells Spark."""


class NotInstalledError(MeasurementError):
    """A contestant is not there, and can't or may not be fetched."""


def installed(name: str, may_install: bool) -> Path:
    """Return the folder of an environment, made where there is none for this list of requirements."""
    folder = _folder(name)
    if (folder / "installed").exists():
        return folder
    if not may_install:
        raise NotInstalledError("not installed: the long form does it")
    tell(f"installing {name}")
    python = folder / "bin" / "python"
    pip = [python, "-m", "pip", "--disable-pip-version-check", "install", "-q", "-r", _list(name)]
    for command in ([sys.executable, "-m", "venv", folder], pip):
        done = subprocess.run(list(map(str, command)), capture_output=True, check=False)
        if done.returncode:
            last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
            raise NotInstalledError(f"can't be installed here: {''.join(last)[:200]}")
    (folder / "installed").touch()
    return folder


def python_command(name: str, may_install: bool, script: str, *arguments: object) -> list[str]:
    """Return the command that runs a program of `programs` in an environment, in franca's own where ''."""
    home = installed(name, may_install) / "bin" / "python" if name else Path(sys.executable)
    return [str(home), str(PROGRAMS / f"{script}.py"), *map(str, arguments)]


def own_command(file: Path) -> list[str]:
    """Return the command that runs a program of one's own: in franca's environment where it is Python's."""
    return [sys.executable, str(file)] if file.suffix == ".py" else [str(file)]


def flink_command(may_install: bool, script: str, *arguments: object) -> list[str]:
    """Return the command that runs a program of Flink, its jars in FLINK_JARS."""
    folder = installed("flink", may_install)
    jars = _fetched(lambda: fetch_jars(FLINK, cache_folder(folder)))
    variables = [f"JAVA_HOME={_java()}", f"FLINK_JARS={os.pathsep.join(map(str, jars))}"]
    return ["env", *variables, *python_command("flink", may_install, script, *arguments)]


def spark_command(may_install: bool, script: str, *arguments: object) -> list[str]:
    """Return the command that submits a program to a Spark of this machine's processors."""
    folder = installed("spark", may_install)
    jars = _fetched(lambda: spark_jars(SPARK, folder))
    home = next((folder / "lib").glob("python3*/site-packages/pyspark"), folder)
    variables = {"JAVA_HOME": _java(), "SPARK_HOME": home, "PYSPARK_PYTHON": folder / "bin" / "python"}
    submit = [str(folder / "bin" / "spark-submit"), "--master", "local[*]", "--driver-memory", "2g"]
    submit += [word for setting in LOCAL for word in ("--conf", setting)]
    submit += ["--jars", ",".join(map(str, jars)), str(PROGRAMS / f"{script}.py")]
    return ["env", *(f"{name}={value}" for name, value in variables.items()), *submit, *map(str, arguments)]


def _java() -> Path:
    """Return the home of a Java that Spark and Flink run on."""
    try:
        return spark_java(SPARK)
    except UnavailableError as error:
        raise NotInstalledError(f"no Java for it: {error}") from error


def _fetched(fetch: Callable[[], tuple[Path, ...]]) -> tuple[Path, ...]:
    try:
        return fetch()
    except UnavailableError as error:
        raise NotInstalledError(f"can't be installed here: {error}") from error


def _list(name: str) -> Path:
    return REQUIREMENTS / f"{name}.txt"


def _folder(name: str) -> Path:
    digest = hashlib.sha256(_list(name).read_bytes()).hexdigest()[:12]
    version = f"{sys.version_info.minor}-{os.getuid()}"
    return Path(tempfile.gettempdir(), f"franca-proof-{name}-{digest}-{version}")
