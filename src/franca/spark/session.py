"""Opens a Spark session: the one that `spark-submit` prepared, or one of this machine's own.

A cluster brings Java and connectors itself; here they are found and fetched, once.
"""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from franca.local.jars import Progress, silent
from franca.mapping.sql.spark import CALENDAR
from franca.spark.jars import spark_jars
from franca.spark.java import spark_java
from franca.spark.line import installed
from franca.spark.translation import gone, translated_error

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

DELTA = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
}
"""What makes Spark know Delta."""

HERE = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}
"""What a session of this machine needs beside: no other machine takes part."""

LOGGING = Path(__file__).with_name("log4j2.properties")


def is_submitted() -> bool:
    """Tell whether this program was started by `spark-submit`: Java and connectors are its business then."""
    return "PYSPARK_GATEWAY_PORT" in os.environ


def open_session(
    spare: Path,
    master: str = "local[*]",
    settings: Mapping[str, str] | None = None,
    progress: Progress = silent,
) -> "SparkSession":
    """Return the session to work with, in UTC, that knows Kafka and Delta. Raises UnavailableError.

    `settings` are Spark's own, by name; they win. `spare` is for the jars where the user has no cache.
    """
    line = installed()
    from pyspark.sql import SparkSession

    chosen = {"spark.sql.session.timeZone": "UTC", **CALENDAR, **DELTA}
    if is_submitted():
        return _opened(SparkSession.builder, {**chosen, **(settings or {})})
    jars = ",".join(map(str, spark_jars(line, spare, progress)))
    chosen |= {"spark.master": master, "spark.jars": jars}
    if master.startswith("local"):
        chosen |= HERE
    chosen |= settings or {}
    options = f"-Dlog4j2.configurationFile={LOGGING.as_uri()}"
    chosen["spark.driver.extraJavaOptions"] = f"{options} {chosen.get('spark.driver.extraJavaOptions', '')}"
    progress("starting spark", 0, 0)
    with _environment({"JAVA_HOME": str(spark_java(line)), "PYSPARK_PYTHON": sys.executable}):
        return _opened(SparkSession.builder, chosen)


@contextmanager
def session_for(
    spare: Path, master: str, settings: Mapping[str, str], progress: Progress
) -> Iterator["SparkSession"]:
    """Give a command the session of `open_session`, and stop it after. Raises UnavailableError.

    One that this program has already is taken as it is, and left to whoever opened it. Spark's own errors
    are told as such, also those of what the command does.
    """
    installed()
    from pyspark.sql import SparkSession

    running = SparkSession.getActiveSession()
    session = running or open_session(spare, master, settings, progress)
    try:
        yield session
    except Exception as error:
        meant = translated_error(error)
        if meant is error:
            raise
        raise meant from error
    finally:
        if running is None:
            with suppress(*gone()):
                session.stop()


def _opened(builder: "SparkSession.Builder", settings: Mapping[str, str]) -> "SparkSession":
    for name, value in settings.items():
        builder = builder.config(name, value)
    try:
        return builder.appName("franca").getOrCreate()
    except Exception as error:
        raise translated_error(error) from error


@contextmanager
def _environment(chosen: Mapping[str, str]) -> Iterator[None]:
    """Set variables while Spark starts: its programs read them once."""
    before = {name: os.environ.get(name) for name in chosen}
    os.environ.update(chosen)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
