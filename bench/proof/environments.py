"""Where contestants live: each list of requirements in an environment of its own, Spark with its jars."""

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.plan import tell
from bench.process import ROOT, MeasurementError
from franca.errors import UnavailableError
from franca.local.jars import system_certificates, translated
from franca.local.java import find_java, java_version

REQUIREMENTS = Path(__file__).parent / "requirements"
JARS = {
    "spark": (
        "io.delta:delta-spark_4.1_2.13:4.2.0",
        "org.apache.spark:spark-sql-kafka-0-10_2.13:4.1.1",
    ),
}
"""What Spark resolves from Maven Central when it is installed."""

FLINK_JARS = (
    "org.apache.flink:flink-sql-connector-kafka:5.0.0-2.2",
    "org.apache.flink:flink-sql-parquet:2.3.0",
    "org.apache.hadoop:hadoop-client-api:3.4.2",
    "org.apache.hadoop:hadoop-client-runtime:3.4.2",
    "commons-logging:commons-logging:1.3.0",
)
"""What Flink needs from Maven Central, and doesn't resolve itself."""

EXTRA_JARS = ("io.delta_", "io.unitycatalog_", "org.apache.kafka_", "org.apache.commons_commons-pool2")
"""What of it Spark does not bring itself."""

LOCAL = (
    "spark.ui.enabled=false",
    "spark.driver.host=127.0.0.1",
    "spark.driver.bindAddress=127.0.0.1",
    "spark.sql.shuffle.partitions=8",
)
"""What a user of a machine of few processors tells Spark."""

NEWEST_JAVA = 21
"""Spark and Flink refuse what is newer."""


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
        _do(list(map(str, command)))
    if name in JARS:
        script = folder / "nothing.py"
        script.write_text("from pyspark.sql import SparkSession\nSparkSession.builder.getOrCreate().stop()\n")
        packages = ["--packages", ",".join(JARS[name]), "--conf", f"spark.jars.ivy={folder / 'ivy'}"]
        _do([*spark_variables(folder), str(folder / "bin" / "spark-submit"), *packages, str(script)])
    if name == "flink":
        try:
            _fetch_jars(folder / "jars")
        except UnavailableError as error:
            raise NotInstalledError(f"can't be installed here: {error}") from error
    (folder / "installed").touch()
    return folder


def _fetch_jars(folder: Path) -> None:
    from jgo.maven import MavenContext, PythonResolver

    folder.mkdir(exist_ok=True)
    with translated(folder, "flink", "its jars", 80), system_certificates():
        mirror = os.environ.get("FRANCA_MAVEN_URL", "")
        context = MavenContext(
            resolver=PythonResolver(),
            repo_cache=folder / ".cache",
            remote_repos={"mirror": mirror.rstrip("/")} if mirror else None,
        )
        for coordinate in FLINK_JARS:
            group, artifact, version = coordinate.split(":")
            jar = context.project(group, artifact).at_version(version).artifact().resolve()
            jar.replace(folder / jar.name)


def python_command(name: str, may_install: bool, script: str, *arguments: object) -> list[str]:
    """Return the command that runs a program of `programs` in an environment, in franca's own where ''."""
    home = installed(name, may_install) / "bin" / "python" if name else Path(sys.executable)
    variables = ["env", f"JAVA_HOME={java_home()}"] if name == "flink" else []
    return [
        *variables,
        str(home),
        str(ROOT / "bench" / "proof" / "programs" / f"{script}.py"),
        *map(str, arguments),
    ]


def spark_command(may_install: bool, script: str, *arguments: object) -> list[str]:
    """Return the command that submits a program to a Spark of this machine's processors."""
    folder = installed("spark", may_install)
    jars = sorted(map(str, (folder / "ivy" / "jars").glob("*.jar")))
    needed = [jar for jar in jars if Path(jar).name.startswith(EXTRA_JARS)]
    submit = [str(folder / "bin" / "spark-submit"), "--master", "local[*]", "--driver-memory", "2g"]
    submit += [word for setting in LOCAL for word in ("--conf", setting)]
    program = str(ROOT / "bench" / "proof" / "programs" / f"{script}.py")
    return [*spark_variables(folder), *submit, "--jars", ",".join(needed), program, *map(str, arguments)]


def spark_variables(folder: Path) -> list[str]:
    """Return the beginning of a command that sets what spark-submit looks for."""
    python = folder / "bin" / "python"
    home = next((folder / "lib").glob("python3*/site-packages/pyspark"), folder)
    variables = {"JAVA_HOME": java_home(), "SPARK_HOME": home, "PYSPARK_PYTHON": python}
    return ["env", *(f"{name}={value}" for name, value in variables.items())]


def java_home() -> Path:
    """Return the home of a Java that Spark and Flink run on."""
    try:
        java = find_java()
    except UnavailableError as error:
        raise NotInstalledError("no Java of version 17 to 21") from error
    if java_version(java) > NEWEST_JAVA:
        raise NotInstalledError(f"no Java of version 17 to 21: {java_version(java)} comes first")
    return java.resolve().parent.parent


def _do(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise NotInstalledError(f"can't be installed here: {''.join(last)[:200]}")


def _list(name: str) -> Path:
    return REQUIREMENTS / f"{name}.txt"


def _folder(name: str) -> Path:
    digest = hashlib.sha256(_list(name).read_bytes()).hexdigest()[:12]
    version = f"{sys.version_info.minor}-{os.getuid()}"
    return Path(tempfile.gettempdir(), f"franca-proof-{name}-{digest}-{version}")
