"""A run's answer to `franca reload`: the changed project is checked, then its workers are replaced."""

from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace

from franca.cli.orders import Order, made_ready
from franca.config.project import load
from franca.errors import DefinitionError, FrancaError
from franca.local.rolling import Replaced, Rolling
from franca.local.workers import Workers
from franca.operations.runs import Change, RunFile


class Reloading:
    """Looks for requests, and carries them out; a project with something wrong leaves the run as it is.

    `folder`, `profile` and `order` are those with which the run was started.
    """

    def __init__(self, file: RunFile, team: Workers, folder: Path, profile: str, order: Order) -> None:
        self._file, self._team = file, team
        self._folder, self._profile, self._order = folder, profile, order

    def look(self, keep_watch: Callable[[], bool], say: Callable[[str], None]) -> None:
        """Answer a request, where there is one; `keep_watch` is called meanwhile, `say` for people."""
        self._say = say
        name = self._file.asked()
        if not name:
            return
        self._file.tell(replace(self._file.run, request=name, state="reloading", changes=[], problems=[]))
        if self._order.until_caught_up:
            self._refuse(["the run ends by itself when it has caught up: start it again then"])
            return
        try:
            project = load(self._folder, self._profile)
            ready = made_ready(project, self._profile, self._order)
        except DefinitionError as error:
            self._refuse([str(problem) for problem in error.problems])
            return
        except FrancaError as error:
            self._refuse([str(error)])
            return
        both = sorted({*self._file.run.contracts, *ready.contracts})
        self._file.tell(replace(self._file.run, contracts=both))
        is_done = Rolling(self._team, ready.jobs, keep_watch).roll(self._note)
        if is_done:
            self._file.tell(replace(self._file.run, state="reloaded", contracts=ready.contracts))
        else:
            self._file.tell(replace(self._file.run, state="failed"))

    def _note(self, done: Replaced) -> None:
        change = Change(*done)
        self._file.tell(replace(self._file.run, changes=[*self._file.run.changes, change]))
        gap = f" in {done.seconds:.1f} s" if done.seconds else ""
        why = f": {done.failure}" if done.failure else ""
        self._say(f"reload: {done.worker} {done.what}{gap}{why}")

    def _refuse(self, problems: list[str]) -> None:
        self._file.tell(replace(self._file.run, state="refused", problems=problems))
        for problem in problems:
            self._say(f"reload refused: {problem}")
