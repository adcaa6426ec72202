"""Apicurio Registry's program, pinned by SHA-256: fetched once into the user's cache and unpacked there."""

import hashlib
import os
import tarfile
import tempfile
from pathlib import Path
from typing import NamedTuple

from franca.errors import UnavailableError
from franca.local.jars import TIMEOUT_SECONDS, Progress, silent, system_certificates, translated


class Archive(NamedTuple):
    """The pinned archive of Maven Central."""

    group: str
    artifact: str
    version: str
    size: int
    sha256: str


ARCHIVE = Archive(
    "io.apicurio",
    "apicurio-registry-app",
    "3.3.3",
    158_577_952,
    "8bc6751c76d963734224b01d5e7f84ccb3cb61c87d3bd77c36c35f10a5cbed63",
)
SERVICE = "registry"
RUN = "quarkus-run.jar"


def fetch_registry(cache: Path, progress: Progress = silent, mirror: str = "") -> Path:
    """Return the jar that runs the registry, below `cache`, fetched where missing. Raises UnavailableError.

    `mirror` is the address of a registry of packages to use in place of Maven Central, else FRANCA_MAVEN_URL.
    """
    folder = cache / f"apicurio-{ARCHIVE.version}"
    if (folder / RUN).exists():
        return folder / RUN
    with translated(cache, SERVICE, "its program", 600), system_certificates():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=cache) as draft:
            packed = _download(Path(draft), progress, mirror or os.environ.get("FRANCA_MAVEN_URL", ""))
            _check(packed)
            unpacked = Path(draft) / "unpacked"
            with tarfile.open(packed) as archive:
                archive.extractall(unpacked, filter="data")
            if not (folder / RUN).exists():  # another may have been faster
                unpacked.rename(folder)
    return folder / RUN


def _download(draft: Path, progress: Progress, mirror: str) -> Path:
    from contextlib import contextmanager

    from jgo.maven import MavenContext, PythonResolver

    @contextmanager
    def counted(_name: str, _size: int):  # type: ignore[no-untyped-def]  # jgo's own shape
        done = 0

        def count(received: int) -> None:
            nonlocal done
            done += received
            progress("downloading the schema registry", min(done, ARCHIVE.size), ARCHIVE.size)

        yield count

    context = MavenContext(
        resolver=PythonResolver(progress_callback=counted),
        repo_cache=draft,
        remote_repos={"mirror": mirror.rstrip("/")} if mirror else None,
        timeout=TIMEOUT_SECONDS,
    )
    component = context.project(ARCHIVE.group, ARCHIVE.artifact).at_version(ARCHIVE.version)
    return Path(component.artifact("all", "tar.gz").resolve())


def _check(path: Path) -> None:
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    if sha256 != ARCHIVE.sha256:
        raise UnavailableError(
            SERVICE,
            f"the download of {path.name!r} is damaged: got SHA-256 {sha256!r}, expected {ARCHIVE.sha256!r}",
            "try again; if it stays, the registry of packages or the proxy in between changes files",
        )
