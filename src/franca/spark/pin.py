"""Writes `jars-<line>.txt` of both lines of Spark: `python -m franca.spark.pin`."""

import tempfile
from pathlib import Path

from jgo.maven import Artifact, Dependency, MavenContext, PythonResolver

from franca.local.pin import pin
from franca.spark.jars import pinned_in
from franca.spark.line import LINES, Line

OWN = ("spark-sql-kafka", "spark-token-provider", "kafka-clients", "commons-pool2", "delta-", "unitycatalog")
"""How the names of the jars begin that no Spark brings itself."""


def needed(line: Line, scratch: Path) -> list[Artifact]:
    """Return the connectors of a line, and what they need of jars that its Spark does not have."""
    context = MavenContext(resolver=PythonResolver(), repo_cache=scratch)
    roots = []
    for connector in line.connectors:
        group, artifact, version = connector.split(":")
        roots.append(context.project(group, artifact).at_version(version).artifact())
    _, others = context.resolver.resolve([Dependency(root, scope="compile") for root in roots])
    further = [each.artifact for each in others if each.scope in ("compile", "runtime")]
    return sorted([*roots, *(each for each in further if each.artifactId.startswith(OWN))], key=str)


def main() -> None:
    """Write the files of pinned jars anew."""
    for line in LINES:
        with tempfile.TemporaryDirectory() as scratch:
            pin(pinned_in(line), needed(line, Path(scratch)), "franca.spark.pin", f"Spark {line.number}'s")


if __name__ == "__main__":
    main()
