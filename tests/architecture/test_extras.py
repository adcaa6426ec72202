"""What the core install can do without any extra."""

import subprocess
import sys
from pathlib import Path

from franca.cli.main import EXTRAS

WITHOUT = "import sys; sys.modules.update(dict.fromkeys({names!r})); sys.argv = {argv!r}; "
RUN = "from franca.cli.main import main; main()"


def _core_only(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run franca in a process in which no package of an extra can be imported."""
    program = WITHOUT.format(names=sorted(EXTRAS), argv=["franca", *arguments]) + RUN
    command = [sys.executable, "-c", program]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_the_core_makes_checks_and_maps_a_project(tmp_path: Path) -> None:
    """The core install is small enough for a function in the cloud, and maps."""
    assert _core_only(tmp_path, "new", "bank").returncode == 0
    assert _core_only(tmp_path / "bank", "check").returncode == 0

    mapped = _core_only(tmp_path / "bank", "map", "crm.cust", "data/cust.jsonl")

    assert mapped.returncode == 0, mapped.stderr
    assert len(mapped.stdout.splitlines()) == 6


def test_a_command_that_needs_an_extra_names_it(tmp_path: Path) -> None:
    """A missing package is a matter of one command, not of a trace."""
    assert _core_only(tmp_path, "new", "bank").returncode == 0

    for arguments, extra in ((("query", "select 1"), "lake"), (("up",), "local")):
        done = _core_only(tmp_path / "bank", *arguments)
        assert done.returncode == 1
        assert f"pip install 'franca[{extra}]'" in done.stderr
