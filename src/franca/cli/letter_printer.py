"""Dead letters as entries for people and as values for JSON, personal data masked in both."""

from collections.abc import Sequence
from typing import Any

import msgspec

from franca.cli.masking import Masking
from franca.cli.moments import moment_text
from franca.cli.output import print_entries
from franca.config.project import Project
from franca.operations.letters.summary import Group, Summary


class LetterPrinter:
    """Prints letters of a project."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._masks: dict[str, Masking] = {}

    def letter(self, letter: Summary) -> dict[str, Any]:
        """Return what programs are told of a letter."""
        shown: dict[str, Any] = {name: getattr(letter, name) for name in Summary.__struct_fields__}
        del shown["place"]
        if letter.discarded is None:
            del shown["discarded"]
        return shown | {"reason": self._reason(letter)}

    def group(self, group: Group) -> dict[str, Any]:
        """Return what programs are told of a group."""
        return {**msgspec.structs.asdict(group), "example": self.letter(group.example)}

    def print_letters(self, letters: Sequence[Summary]) -> None:
        """Print each letter."""
        print_entries("", [self._letter(each) for each in letters])

    def print_groups(self, groups: Sequence[Group]) -> None:
        """Print each group, with its newest letter as the example."""
        print_entries("", [self._group(each) for each in groups])

    def print_failed(self, failed: Sequence[tuple[str, str]]) -> None:
        """Print letters that fail still, by id and reason."""
        print_entries("Still failing:" if failed else "", [(name, [reason]) for name, reason in failed])

    def _letter(self, letter: Summary) -> tuple[str, Sequence[str]]:
        came, refused = moment_text(letter.timestamp), moment_text(letter.refused_at)
        told = [self._reason(letter), f"came {came}, refused {refused}, tried {_times(letter.tried)}"]
        return "  ".join(filter(None, (letter.id, _table(letter), letter.code))), [*told, *_discarded(letter)]

    def _group(self, group: Group) -> tuple[str, Sequence[str]]:
        place = ", ".join(filter(None, (_table(group), group.stage, group.path)))
        came, refused = _span(group.first, group.last), _span(group.refused_first, group.refused_last)
        letters = "1 letter" if group.letters == 1 else f"{group.letters:,} letters"
        return f"{letters}: {group.code} in {place}", [
            f"newest: {group.example.id}",
            self._reason(group.example),
            f"came {came}, refused {refused}, tried {_times(group.tried)}",
            *_discarded(group.example),
        ]

    def _reason(self, letter: Summary) -> str:
        if letter.application not in self._masks:
            self._masks[letter.application] = Masking(self._project, letter.application)
        return self._masks[letter.application].reason(letter)


def _discarded(letter: Summary) -> list[str]:
    gone = letter.discarded
    if gone is None:
        return []
    return [f"discarded {gone.at} by {gone.by}" + (f": {gone.reason}" if gone.reason else "")]


def _table(letter: Summary | Group) -> str:
    return f"{letter.application}.{letter.table}" if letter.table else letter.application


def _span(first: int, last: int) -> str:
    begin, end = moment_text(first), moment_text(last)
    return begin if begin == end else f"{begin} to {end}"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"
