"""The wheel is what users get, so it is built and used here."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel and unpack it where nothing of the checkout is."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,) = folder.glob("franca-*.whl")
    target = folder / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target)
    return target


def _run(installed: Path, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    command = [sys.executable, "-m", "franca", *arguments]
    return subprocess.run(
        command, env=environment, cwd=cwd or installed, capture_output=True, text=True, check=False
    )


def test_the_wheel_runs_the_command(installed: Path) -> None:
    """The command of the built wheel answers, and from the wheel's own code."""
    done = _run(installed, "--version")
    assert done.returncode == 0
    assert done.stdout.strip() == "franca 0.1.0"


def test_the_wheel_makes_and_maps_a_project(installed: Path, tmp_path: Path) -> None:
    """What `franca new` needs, templates included, is in the wheel."""
    assert _run(installed, "new", "bank", cwd=tmp_path).returncode == 0
    done = _run(installed, "check", cwd=tmp_path / "bank")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_wheel_says_that_it_is_typed(installed: Path) -> None:
    """Type checkers of users read franca's own annotations."""
    assert (installed / "franca" / "py.typed").exists()
