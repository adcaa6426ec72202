"""The list of commands is grouped, and every command shows an example."""

import subprocess
import sys

import pytest

from franca.cli.commands import COMMANDS

NAMES = [name for names in COMMANDS.values() for name in names]


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


@pytest.mark.parametrize("name", [name for name in NAMES if name not in {"dead-letters", "lake"}])
def test_every_command_shows_an_example(name: str) -> None:
    """Help without an example is half a help."""
    command = [sys.executable, "-m", "franca", name, "--help"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert f"franca {name}" in " ".join(shown.partition("Usage")[2].partition("\n")[2].split())
