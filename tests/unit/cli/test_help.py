"""The list of commands is grouped, and every command shows an example."""

import subprocess
import sys
from typing import Any

from typer.main import get_group

from franca.cli.commands import COMMANDS
from franca.cli.main import app


def _commands() -> dict[str, Any]:
    """Return each command by its words, those within groups among them."""
    found: dict[str, Any] = {}
    for name, command in get_group(app).commands.items():
        inner = getattr(command, "commands", None)
        found |= {name: command} if inner is None else {f"{name} {each}": inner[each] for each in inner}
    return found


def test_a_command_imports_no_other() -> None:
    """A small command starts fast, whatever the others need."""
    code = """
import sys
from franca.cli.main import app
app(["new", "--help"], standalone_mode=False)
print(*(name for name in sys.modules if name.startswith("franca.cli.")))
"""
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    modules = {f"franca.cli.{module}" for names in COMMANDS.values() for module in names.values()}

    assert modules & set(shown.splitlines()[-1].split()) == {"franca.cli.new"}


def test_every_command_shows_an_example() -> None:
    """Help without an example is half a help."""
    commands = _commands()
    lacking = [name for name, command in commands.items() if f"franca {name}" not in command.help]

    assert not lacking
    assert "lake fold" in commands
