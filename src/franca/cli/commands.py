"""The commands by the groups of the help, each with its module under `franca.cli`, imported when asked for.

A command starts in the time of what it imports itself; only the list of all of them imports all.
"""

from collections.abc import Iterator, MutableMapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_group
from typer.models import CommandInfo, TyperInfo

COMMANDS = {
    "Define": {
        "new": "new",
        "check": "check",
        "import-tables": "import_tables",
        "decode": "decode",
        "map": "map",
    },
    "Run": {
        "up": "services",
        "down": "services",
        "topics": "topics",
        "send": "send",
        "backfill": "backfill",
        "run": "run",
        "spark": "spark",
        "status": "status",
        "demo": "demo",
    },
    "Change": {
        "migrate": "migrate",
        "reload": "reload",
        "pause": "control",
        "resume": "control",
        "seek": "seek",
        "resnapshot": "resnapshot",
    },
    "Ask": {"query": "query", "views": "views", "test": "test", "lake": "lake"},
    "Mend": {"dead-letters": "dead_letters", "replay": "replay"},
}
"""Group of the help, command, module: in the order of the help."""

_PLACES = {name: (group, module) for group, names in COMMANDS.items() for name, module in names.items()}


class _Imported(MutableMapping[str, Any]):
    """The commands by name; asking for one imports its module."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            group, module = _PLACES[name]
            own = typer.Typer(rich_markup_mode="markdown")
            import_module(f"franca.cli.{module}").register(own)
            places: list[CommandInfo | TyperInfo] = [*own.registered_commands, *own.registered_groups]
            for place in places:
                place.rich_help_panel = group
            self._made[name] = get_group(own).commands[name]
        return self._made[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._made[name] = command

    def __delitem__(self, name: str) -> None:
        del self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(_PLACES)

    def __len__(self) -> int:
        return len(_PLACES)


class Commands(TyperGroup):
    """The group of all commands."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = _Imported()
