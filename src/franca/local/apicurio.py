"""Apicurio Registry's program, pinned: fetched once into the user's cache and unpacked there."""

from pathlib import Path

from franca.local.distribution import Distribution, fetch_distribution
from franca.local.jars import Progress, silent

SERVICE = "registry"
PINNED = Distribution(
    "io.apicurio",
    "apicurio-registry-app",
    "all",
    "3.3.3",
    158_577_952,
    "8bc6751c76d963734224b01d5e7f84ccb3cb61c87d3bd77c36c35f10a5cbed63",
    SERVICE,
    "the schema registry",
    600,
)
RUN = "quarkus-run.jar"


def fetch_registry(cache: Path, progress: Progress = silent, mirror: str = "") -> Path:
    """Return the jar that runs the registry, below `cache`, fetched where missing. Raises UnavailableError.

    `mirror` is the address of a registry of packages to use in place of Maven Central, else FRANCA_MAVEN_URL.
    """
    folder = cache / f"apicurio-{PINNED.version}"
    return fetch_distribution(PINNED, cache, folder, progress, mirror) / RUN
