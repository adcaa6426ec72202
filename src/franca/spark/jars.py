"""The connectors of Kafka and Delta that Spark itself lacks, pinned in `jars-<line>.txt`, fetched once."""

from pathlib import Path

from franca.local.jars import Jars, Progress, cache_folder, fetch_jars, silent
from franca.spark.line import Line


def pinned_in(line: Line) -> Path:
    """Return the file that pins the jars of a line of Spark."""
    return Path(__file__).with_name(f"jars-{line.number}.txt")


def spark_jars(line: Line, spare: Path, progress: Progress = silent) -> tuple[Path, ...]:
    """Return the paths of the jars in the user's cache, or in `spare`, downloading what is missing.

    Raises UnavailableError.
    """
    return fetch_jars(Jars("spark", pinned_in(line), f"spark-{line.number}"), cache_folder(spare), progress)
