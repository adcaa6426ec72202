"""Ends the dead letters of rows that an earlier version of the mappings refused, and this one does not."""

from collections.abc import Iterable

from franca.config.endpoints import Endpoints
from franca.config.project import Project
from franca.operations.backfill.snapshot import Snapshot
from franca.operations.letters.filter import Filter
from franca.operations.letters.letters import Letters
from franca.operations.letters.summary import Summary
from franca.topics.dead_letter import first_stage
from franca.topics.names import dead_letter_topic
from franca.types import Message


class Ending:
    """Knows which letters the rows of a snapshot have now; those that they had besides end.

    Rows before number `start` were mapped by earlier runs, with the same `version` of the mappings.
    """

    def __init__(
        self,
        project: Project,
        places: Endpoints,
        snapshot: Snapshot,
        application: str,
        version: str,
        start: int,
    ) -> None:
        self._project, self._places, self._snapshot = project, places, snapshot
        self._application, self._version = application, version
        self._standing: set[str] = set()
        self._start, self._end = start, start

    def take(self, letters: Iterable[Message], end: int) -> None:
        """Take the letters of the next rows, up to `end`."""
        self._standing.update((key or b"").decode() for _, key, _ in letters)
        self._end = end

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
        return [(topic, each.id.encode(), None) for each in found if self._is_over(each)]

    def _is_over(self, letter: Summary) -> bool:
        offset = int(letter.id.split("/")[2])
        is_here = offset < self._end and self._snapshot.holds(offset)
        if not is_here or first_stage(letter.id) == "write":
            return False
        if offset < self._start:
            return letter.mapping != self._version
        return letter.id not in self._standing
