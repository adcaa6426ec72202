"""Where the services of a project are, once it is known which of them are franca's own."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from franca.config.project import Project
from franca.config.settings import Options
from franca.errors import DefinitionError
from franca.topics.cluster import Cluster

_ODD = re.compile(r"[?\\\x00-\x1f\x7f]|%[0-9A-Fa-f]{2}")
"""What Delta's libraries take for a part of an address, or refuse, in the name of a folder."""


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The addresses that pipelines connect to. URLs of the lake and the archive may be plain folders."""

    bootstrap: str
    dsn: str = field(repr=False)
    lake_url: str
    archive_url: str
    kafka_options: Options = field(default_factory=dict, repr=False)
    lake_options: dict[str, str] = field(default_factory=dict, repr=False)
    archive_options: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def cluster(self) -> Cluster:
        """The Kafka cluster. Nothing is connected."""
        return Cluster(self.bootstrap, self.kafka_options)


def endpoints(project: Project, bootstrap: str, dsn: str) -> Endpoints:
    """Return the project's endpoints; `bootstrap` and `dsn` are those of the local services.

    Raises DefinitionError where the lake's or the archive's folder is a file, or one that Delta can't name.
    """
    settings = project.settings
    return Endpoints(
        bootstrap=settings.kafka.bootstrap or bootstrap,
        dsn=settings.store.dsn or dsn,
        lake_url=_place(project, settings.lake.url, "lake"),
        archive_url=_place(project, settings.archive.url, "archive"),
        kafka_options=settings.kafka.options,
        lake_options=settings.lake.options,
        archive_options=settings.archive.options,
    )


def _place(project: Project, url: str, name: str) -> str:
    """Return the URL, or an absolute folder: relative ones are below the project's."""
    if "://" in url:
        return url
    folder = (project.folder / Path(url)) if url else project.state / name
    if folder.exists() and not folder.is_dir():
        reason = f"got {str(folder)!r}, which is a file; expected a folder or the URL of one"
        raise DefinitionError.one(f"{name}.url", reason, f"change url of [{name}] in franca.toml")
    odd = _ODD.search(str(folder)) if name == "lake" else None
    if odd:
        expected = f"expected a folder without {odd.group()!r}, which Delta's libraries can't name"
        reason = f"got {str(folder)!r}; {expected}"
        raise DefinitionError.one("lake.url", reason, "change url of [lake] in franca.toml")
    return str(folder)
