"""The two lines of Spark that franca runs on, and which of them is installed."""

from typing import NamedTuple

from franca.errors import UnavailableError


class Line(NamedTuple):
    """A line of Spark: its number, its Scala, the connectors that go with it, the modules its Java needs."""

    number: str
    connectors: tuple[str, ...]
    modules: tuple[str, ...] = ()


LINES = (
    Line("3.5", ("org.apache.spark:spark-sql-kafka-0-10_2.12:3.5.7", "io.delta:delta-spark_2.12:3.3.2")),
    Line(
        "4.1",
        ("org.apache.spark:spark-sql-kafka-0-10_2.13:4.1.1", "io.delta:delta-spark_4.1_2.13:4.2.0"),
        ("jdk.incubator.vector",),
    ),
)
JAVAS = (17, 21)
"""The versions of Java that both lines run on."""


def installed() -> Line:
    """Return the line of the PySpark that is installed. Raises UnavailableError."""
    lines = " or ".join(line.number for line in LINES)
    try:
        from pyspark import __version__ as found  # which Spark's own has too, without a package
    except ImportError as error:
        reason, remedy = "pyspark is not installed", "pip install 'franca[spark]'"
        raise UnavailableError("spark", reason, remedy) from error
    for line in LINES:
        if found.startswith(line.number + "."):
            return line
    raise UnavailableError(
        "spark",
        f"got pyspark {found}, expected {lines}",
        "pip install 'franca[spark]', which takes one that Delta goes with",
    )
