"""Ends a run when everything that was there at its start is stored everywhere.

First the pipelines that read raw topics, up to the ends at the start; then those that read entity topics,
up to where the first have brought them.
"""

from collections.abc import Sequence

from franca.config.pipelines import source_topics
from franca.config.project import Project
from franca.config.topics import entity_topics
from franca.local.workers import Workers
from franca.topics.admin import ends, matching
from franca.topics.cluster import Cluster


class CatchUp:
    """The two stages of a run that ends by itself."""

    def __init__(self, project: Project, cluster: Cluster, pipelines: Sequence[str]) -> None:
        canonical = set(entity_topics(project))
        self._cluster = cluster
        self._topics = {name: source_topics(project, name) for name in pipelines}
        self._last = [name for name in pipelines if set(self._topics[name]) <= canonical]
        self._first = [name for name in pipelines if name not in self._last]

    def begin(self, workers: Workers) -> None:
        """Aim the first stage. Raises UnavailableError."""
        self._aim(workers, self._first)
        if not self._first:
            self._aim(workers, self._last)

    def go_on(self, workers: Workers) -> None:
        """Aim the second stage once the first is through. Raises UnavailableError."""
        if self._first and all(w.code == 0 for w in workers.all if w.job.pipeline in self._first):
            self._first = []
            self._aim(workers, self._last)

    def _aim(self, workers: Workers, pipelines: Sequence[str]) -> None:
        admin = self._cluster.admin()
        for name in pipelines:
            workers.aim(name, ends(admin, matching(admin, self._topics[name])))
