"""Programs that come as one archive of Maven Central: pinned by SHA-256, fetched once into the user's cache.

An archive is checked and unpacked whole or not at all, so a fetch that was broken off does no harm, nor do
two at the same time.
"""

import os
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from franca.local.jars import (
    TIMEOUT_SECONDS,
    Progress,
    require_digest,
    silent,
    system_certificates,
    translated,
)


class Distribution(NamedTuple):
    """One pinned `tar.gz`: its coordinates, its size in bytes, and what it takes unpacked in megabytes.

    `service` is what errors call the program, `title` what the progress does. Of what is in it only the
    paths stay that begin with one of `kept`; all, where none is named.
    """

    group: str
    artifact: str
    classifier: str
    version: str
    size: int
    sha256: str
    service: str
    title: str
    megabytes: int
    kept: Sequence[str] = ()


def fetch_distribution(
    wanted: Distribution, cache: Path, folder: Path, progress: Progress = silent, mirror: str = ""
) -> Path:
    """Return `folder`, a folder below `cache`, with the program, fetched where missing.

    `mirror` is the address of a registry of packages to use in place of Maven Central, else FRANCA_MAVEN_URL.
    Raises UnavailableError.
    """
    if folder.exists():
        return folder
    with translated(cache, wanted.service, "its program", wanted.megabytes), system_certificates():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=cache) as draft:
            packed = _download(
                wanted, Path(draft), progress, mirror or os.environ.get("FRANCA_MAVEN_URL", "")
            )
            require_digest(wanted.service, packed, packed.name, wanted.sha256)
            progress(f"unpacking {wanted.title}", 0, 0)
            unpacked = Path(draft) / "unpacked"
            with tarfile.open(packed) as archive:
                archive.extractall(unpacked, filter="data")
            if wanted.kept:
                _reduce(unpacked, wanted.kept)
            if not folder.exists():  # another may have been faster
                unpacked.rename(folder)
    return folder


def _download(wanted: Distribution, draft: Path, progress: Progress, mirror: str) -> Path:
    from jgo.maven import MavenContext, PythonResolver

    @contextmanager
    def counted(_name: str, _size: int) -> Iterator[Callable[[int], None]]:
        done = 0

        def count(received: int) -> None:
            nonlocal done
            done += received
            progress(f"downloading {wanted.title}", min(done, wanted.size), wanted.size)

        yield count

    context = MavenContext(
        resolver=PythonResolver(progress_callback=counted),
        repo_cache=draft,
        remote_repos={"mirror": mirror.rstrip("/")} if mirror else None,
        timeout=TIMEOUT_SECONDS,
    )
    component = context.project(wanted.group, wanted.artifact).at_version(wanted.version)
    return Path(component.artifact(wanted.classifier, "tar.gz").resolve())


def _reduce(root: Path, kept: Sequence[str]) -> None:
    """Remove the files that are not kept, once all are unpacked: some may be links to others."""
    for path in sorted(root.rglob("*"), reverse=True):
        name = path.relative_to(root).as_posix()
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                path.rmdir()
        elif not name.startswith(tuple(kept)):
            path.unlink()
