"""Spark as franca opens it: on this machine, with its connectors, on both lines."""

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from franca.errors import UnavailableError
from franca.local.jars import pinned, silent
from franca.spark.jars import pinned_in
from franca.spark.java import spark_java
from franca.spark.line import LINES, Line, installed
from franca.spark.session import session_for

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.number)
def test_the_connectors_of_each_line_are_pinned(line: Line) -> None:
    """A line's jars are those that it names, by size and SHA-256, and what they need beside."""
    jars = pinned(pinned_in(line))
    assert {f"{jar.group}:{jar.artifact}:{jar.version}" for jar in jars} > set(line.connectors)
    assert all(len(jar.sha256) == 64 and jar.size > 0 for jar in jars)


def test_a_java_that_does_not_fit_is_refused_with_the_remedy() -> None:
    """What is tried is told, and what to install; no other Java is taken instead."""
    with pytest.raises(UnavailableError, match=r"no Java of version .*lacks the module no\.such.*JAVA_HOME"):
        spark_java(Line("4.1", (), ("no.such",)))


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("__version__ = '3.5.5'", "3.5"),
        ("__version__ = '2.4.0'", "got pyspark 2.4.0, expected 3.5 or 4.1"),
        ("raise ImportError", "pyspark is not installed"),
    ],
)
def test_the_pyspark_that_counts_is_the_one_that_is_imported(code: str, told: str, tmp_path: Path) -> None:
    """Spark brings one of its own, of which Python knows no package."""
    package = tmp_path / "pyspark"
    package.mkdir()
    (package / "__init__.py").write_text(code)
    program = "from franca.spark.line import installed; print(installed().number)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told in (done.stdout or done.stderr)


def test_a_session_knows_delta_and_tells_times_in_utc(spark: "SparkSession", tmp_path: Path) -> None:
    """Whatever machine it runs on, a table is written and read with its connectors."""
    table = str(tmp_path / "table")
    spark.sql("SELECT timestamp '2026-11-28 12:00:00.123456Z' AS at").write.format("delta").save(table)
    rows = spark.read.format("delta").load(table).selectExpr("cast(at AS string) AS at").collect()
    assert [row.at for row in rows] == ["2026-11-28 12:00:00.123456"]
    assert spark.version.startswith(installed().number)


def test_what_fails_in_spark_is_told_as_such(spark: "SparkSession", tmp_path: Path) -> None:
    """Whatever a command asks of it: no trace of Java's for the user, and the session of others lives on."""
    with (
        pytest.raises(UnavailableError, match=r"spark is unavailable: .*no room.*look into Spark's log"),
        session_for(tmp_path, "local[1]", {}, silent) as session,
    ):
        session.sql("SELECT raise_error('no room')").collect()
    assert spark.range(1).count() == 1


ENDED = """
from pathlib import Path
import psutil
from franca.errors import UnavailableError
from franca.local.jars import silent
from franca.spark.session import session_for
try:
    with session_for(Path("."), "local[1]", {}, silent) as session:
        (java,) = psutil.Process().children()
        java.kill()
        java.wait()
        session.range(1).count()
except UnavailableError as error:
    print("told:", error.service)
"""


def test_that_spark_has_ended_is_told_as_such(spark: "SparkSession", tmp_path: Path) -> None:
    """As where memory is short: what the end of the session fails by does not hide the reason."""
    assert spark.version
    done = subprocess.run(
        [sys.executable, "-c", ENDED], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=180
    )
    assert done.stdout.splitlines()[-1:] == ["told: spark"], done.stderr


def test_the_command_line_tells_which_java_is_missing(tmp_path: Path) -> None:
    """Without a Java that fits, nothing is begun: exit code 3, what was found, and what to do."""
    assert _franca(tmp_path, "new", "bank").returncode == 0
    done = _franca(tmp_path / "bank", "spark", "stream")
    assert done.returncode == 3, done.stderr
    assert "no Java of version 17 or 21" in done.stderr
    assert "JAVA_HOME" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["stream", "archive"], "Spark writes lake or store"),
        (["fold", "--conf", "=x"], "expected NAME=VALUE"),
    ],
)
def test_a_wrong_option_is_told_before_anything_begins(
    arguments: list[str], told: str, tmp_path: Path
) -> None:
    """A setting needs a name and a value, and only lake and store are written."""
    done = _franca(tmp_path, "spark", *arguments)
    assert done.returncode == 2, done.stderr
    assert told in done.stderr


def _franca(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run franca where no Java is named or on the path."""
    environment = {name: value for name, value in os.environ.items() if name != "JAVA_HOME"}
    return subprocess.run(
        [sys.executable, "-m", "franca", *arguments],
        cwd=folder,
        env={**environment, "PATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
