"""Jars, pinned by size and SHA-256 in a file (Kafka's in `kafka-jars.txt`), fetched once into the cache.

Every jar appears in the cache whole and checked or not at all, so a fetch that was broken off is simply
continued, and two at the same time do no harm.
"""

import hashlib
import os
import pwd
import re
import shutil
import ssl
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TypeAlias

from franca.errors import UnavailableError

PINNED = Path(__file__).with_name("kafka-jars.txt")
PARALLEL = 4
TIMEOUT_SECONDS = 15
CERTIFICATES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")
REMEDY = (
    "the first start needs the network once: check the connection and HTTPS_PROXY, name a mirror in "
    "FRANCA_MAVEN_URL, or copy the cache folder of a machine that has it and name it in FRANCA_CACHE"
)

Progress: TypeAlias = Callable[[str, int, int], None]
"""Told what is going on, how much of it is done and of how much; both 0 where nothing is counted."""


class Jar(NamedTuple):
    """One pinned file of Maven Central."""

    group: str
    artifact: str
    version: str
    size: int
    sha256: str

    @property
    def name(self) -> str:
        """The file's name in the cache."""
        return f"{self.artifact}-{self.version}.jar"


class Jars(NamedTuple):
    """Jars that are used together: what needs them, where they are pinned, their folder in the cache."""

    service: str
    pinned: Path
    folder: str


class Origin(NamedTuple):
    """Where downloads come from (empty: Maven Central), and the folder that they enter first."""

    mirror: str
    draft: Path


def silent(what: str, done: int, total: int) -> None:
    """Report progress to nobody."""


def pinned(path: Path = PINNED) -> tuple[Jar, ...]:
    """Return every jar that a file pins: those of the broker."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return tuple(_parse(line) for line in lines if line and not line.startswith("#"))


def kafka_version() -> str:
    """Return the version of the pinned broker."""
    return next(jar.version for jar in pinned() if jar.artifact.startswith("kafka_"))


def cache_folder(spare: Path) -> Path:
    """Return where downloads are kept: FRANCA_CACHE, else the user's cache folder, else `spare`."""
    named, caches = os.environ.get("FRANCA_CACHE"), os.environ.get("XDG_CACHE_HOME")
    if named:
        return Path(named).absolute()
    home = Path(os.environ.get("HOME") or _home_of_account())
    common = Path(caches) if caches else home / ("Library/Caches" if sys.platform == "darwin" else ".cache")
    folder = (common / "franca").absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return spare
    return folder if os.access(folder, os.W_OK) or any(folder.iterdir()) else spare


def fetch(cache: Path, progress: Progress = silent, mirror: str = "") -> tuple[Path, ...]:
    """Return the paths of all of Kafka's jars below `cache`; see `fetch_jars`."""
    return fetch_jars(Jars("kafka", PINNED, f"kafka-{kafka_version()}"), cache, progress, mirror)


def fetch_jars(wanted: Jars, cache: Path, progress: Progress = silent, mirror: str = "") -> tuple[Path, ...]:
    """Return the paths of all jars below `cache`, downloading what is missing. Raises UnavailableError.

    `mirror` is the address of a registry to use in place of Maven Central, else FRANCA_MAVEN_URL is.
    """
    folder = cache / wanted.folder
    jars = pinned(wanted.pinned)
    missing = [jar for jar in jars if not _present(folder / jar.name, jar)]
    if missing:
        megabytes = 1 + sum(jar.size for jar in jars) // 1_000_000
        with translated(folder, wanted.service, "its jars", megabytes), system_certificates():
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=".fetch-", dir=folder) as draft:
                origin = Origin(mirror or os.environ.get("FRANCA_MAVEN_URL", ""), Path(draft))
                _Download(wanted.service, origin, folder, progress).run(missing)
    return tuple(folder / jar.name for jar in jars)


def _parse(line: str) -> Jar:
    coordinate, size, sha256 = line.split()
    group, artifact, version = coordinate.split(":")
    return Jar(group, artifact, version, int(size), sha256)


def _home_of_account() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:
        return str(Path(tempfile.gettempdir(), f"franca-{os.getuid()}"))


def _present(path: Path, jar: Jar) -> bool:
    try:
        return path.stat().st_size == jar.size
    except OSError:
        return False


class _Download:
    """Fetches jars into the draft folder, and moves each that is right to `folder`."""

    def __init__(self, service: str, origin: Origin, folder: Path, progress: Progress) -> None:
        self._service = service
        self._origin = origin
        self._folder = folder
        self._progress = progress
        self._done = self._total = 0

    def run(self, jars: list[Jar]) -> None:
        """Fetch jars, several at a time."""
        from jgo.maven import MavenContext, PythonResolver

        self._total = sum(jar.size for jar in jars)
        mirror = self._origin.mirror
        context = MavenContext(
            resolver=PythonResolver(progress_callback=self._counted),
            repo_cache=self._origin.draft,
            remote_repos={"mirror": mirror.rstrip("/")} if mirror else None,
            timeout=TIMEOUT_SECONDS,
        )

        def one(jar: Jar) -> None:
            source = context.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve()
            self._check(source, jar)
            source.replace(self._folder / jar.name)

        with ThreadPoolExecutor(PARALLEL) as pool:
            try:
                for finished in as_completed([pool.submit(one, jar) for jar in jars]):
                    finished.result()
            finally:
                pool.shutdown(cancel_futures=True)

    @contextmanager
    def _counted(self, _name: str, _size: int) -> Iterator[Callable[[int], None]]:
        def count(received: int) -> None:
            self._done += received
            self._progress(f"downloading {self._service}", min(self._done, self._total), self._total)

        yield count

    def _check(self, path: Path, jar: Jar) -> None:
        require_digest(self._service, path, jar.name, jar.sha256)


def require_digest(service: str, path: Path, name: str, wanted: str) -> None:
    """Raise UnavailableError where a file that was fetched is not the one whose SHA-256 is pinned."""
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    if sha256 != wanted:
        raise UnavailableError(
            service,
            f"the download of {name!r} is damaged: got SHA-256 {sha256!r}, expected {wanted!r}",
            "try again; if it stays, the registry of packages or the proxy in between changes files",
        )


@contextmanager
def system_certificates() -> Iterator[None]:
    """Trust the certificates that this system trusts, a company's own among them, as other programs do."""
    bundles = (ssl.get_default_verify_paths().cafile, *CERTIFICATES)
    found = next((bundle for bundle in bundles if bundle and Path(bundle).is_file()), None)
    chosen = any(os.environ.get(name) for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"))
    if chosen or found is None:
        yield
        return
    os.environ["REQUESTS_CA_BUNDLE"] = found
    try:
        yield
    finally:
        del os.environ["REQUESTS_CA_BUNDLE"]


@contextmanager
def translated(folder: Path, service: str, what: str, megabytes: int) -> Iterator[None]:
    """Turn what can go wrong in a download into UnavailableError."""
    try:
        from requests import RequestException
    except ImportError as error:
        raise UnavailableError(service, "jgo is not installed", "install the extra 'local'") from error
    try:
        yield
    except (RequestException, RuntimeError) as error:
        reason = re.sub(r"//[^/@\s]+@", "//", str(error))  # a mirror's address may hold a password
        raise UnavailableError(service, f"{what} can't be downloaded: {reason}", REMEDY) from error
    except OSError as error:
        free = shutil.disk_usage(_existing(folder)).free // 1_000_000
        raise UnavailableError(
            service,
            f"{what} can't be stored: {error.strerror} in {str(folder)!r} ({free} MB free)",
            f"name another folder in FRANCA_CACHE; {megabytes} MB are needed",
        ) from error


def _existing(folder: Path) -> Path:
    return next(parent for parent in (folder, *folder.parents) if parent.exists())
