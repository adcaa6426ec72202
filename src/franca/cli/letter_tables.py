"""Dead letters as lines for people and as values for JSON, personal data masked in both."""

from collections.abc import Sequence
from typing import Any

import msgspec

from franca.cli.masking import Masking
from franca.cli.moments import moment_text
from franca.cli.output import print_table
from franca.config.letters.summary import Group, Summary
from franca.config.project import Project


class LetterTables:
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
        heads = ("id", "table", "code", "tried", "came", "reason", "discarded", "by", "because")
        rows: list[tuple[object, ...]] = []
        for each in letters:
            row = (
                each.id,
                each.table,
                each.code,
                each.tried,
                moment_text(each.timestamp),
                self._reason(each),
            )
            gone = each.discarded
            rows.append((*row, gone.at, gone.by, gone.reason) if gone else row)
        shown = len(rows[0]) if rows else len(heads) - 3
        print_table("", heads[:shown], rows)

    def print_groups(self, groups: Sequence[Group]) -> None:
        """Print each group, and below them the example of each."""
        heads = ("application", "table", "stage", "path", "code", "letters", "tried", "first", "last")
        rows = [
            (
                *(each.application, each.table, each.stage, each.path, each.code, each.letters, each.tried),
                *(moment_text(each.first), moment_text(each.last)),
            )
            for each in groups
        ]
        print_table("", heads, rows)
        if groups:
            examples = [(each.example.id, each.code, self._reason(each.example)) for each in groups]
            print_table("\nExamples", ("id", "code", "reason"), examples)

    def _reason(self, letter: Summary) -> str:
        if letter.application not in self._masks:
            self._masks[letter.application] = Masking(self._project, letter.application)
        return self._masks[letter.application].reason(letter)
