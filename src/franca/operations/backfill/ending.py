"""Ends the dead letters of rows that an earlier version of the mappings refused, and this one does not."""

from collections.abc import Iterable

from franca.config.endpoints import Endpoints
from franca.config.project import Project
from franca.operations.backfill.snapshot import Snapshot
from franca.operations.letters.filter import Filter
from franca.operations.letters.letters import Letters
from franca.topics.dead_letter import first_stage
from franca.topics.names import dead_letter_topic
from franca.types import Message


class Ending:
    """Knows which letters the rows from number `start` on have now; those that they had besides end."""

    def __init__(self, project: Project, places: Endpoints, application: str, snapshot: Snapshot) -> None:
        self._project, self._places = project, places
        self._application, self._snapshot = application, snapshot
        self._standing: set[str] = set()
        self._start, self._end = 0, 0

    def take(self, letters: Iterable[Message], start: int, end: int) -> None:
        """Take the letters of the rows up to `end`, all of them from `start` on."""
        self._standing.update((key or b"").decode() for _, key, _ in letters)
        self._start, self._end = start, end

    def ended(self) -> list[Message]:
        """Return the messages that end letters. Raises UnavailableError.

        There are none where the mappings have one version only; letters of the stores are not looked at.
        """
        application = self._project.application(self._application)
        if self._project.versions.number(application.name, application.hash) == 1:
            return []
        wanted = Filter(application=self._application, topic=self._snapshot.topic, discarded=None)
        found = Letters(self._project, self._places.cluster, self._places).survey(wanted)
        topic = dead_letter_topic(self._application)
        return [(topic, each.id.encode(), None) for each in found if self._is_over(each.id)]

    def _is_over(self, name: str) -> bool:
        offset = int(name.split("/")[2])
        is_ours = self._start <= offset < self._end and first_stage(name) != "write"
        return is_ours and name not in self._standing
