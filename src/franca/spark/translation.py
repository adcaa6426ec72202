"""What Spark's errors mean: the one border where they become franca's."""

import re

from franca.errors import FrancaError, UnavailableError

_OURS = re.compile(
    r"^franca\.errors\.UnavailableError: (?P<service>\w+) is unavailable: (?P<reason>.*)$", re.MULTILINE
)


def gone() -> tuple[type[Exception], ...]:
    """Return what is raised where Spark's own process has ended."""
    from py4j.protocol import Py4JError

    return Py4JError, ConnectionError


def translated_error(error: Exception) -> Exception:
    """Return what an error means: one of Spark's own, that it is away; one of our code in it stays."""
    from pyspark.errors import PySparkException

    text = str(error)
    if isinstance(error, FrancaError) or not isinstance(error, (PySparkException, *gone())):
        return error
    ours = _OURS.search(text)
    if ours is not None:
        return UnavailableError(ours["service"], ours["reason"])
    if "PythonException" in type(error).__name__ + text:
        return error
    return UnavailableError("spark", " ".join(text.split())[:500], "look into Spark's log")
