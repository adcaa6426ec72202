"""The list of commands is grouped, and every command shows an example."""

import subprocess
import sys

import pytest
import typer.main

from franca.cli.main import PANELS, app

COMMANDS = [name for names in PANELS.values() for name in names]


def test_every_command_stands_in_one_group() -> None:
    """Who reads the list finds all of them, each once."""
    command = typer.main.get_command(app)
    assert isinstance(command, typer.core.TyperGroup)

    assert sorted(COMMANDS) == sorted(command.commands)


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "dead-letters"])
def test_every_command_shows_an_example(name: str) -> None:
    """Help without an example is half a help."""
    command = [sys.executable, "-m", "franca", name, "--help"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert f"franca {name}" in " ".join(shown.partition("Usage")[2].partition("\n")[2].split())
