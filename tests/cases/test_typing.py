"""A user's project under `mypy --strict`: what is right passes, what is wrong is refused."""

import re
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent / "typing"
SOURCE = Path(__file__).parents[2] / "src"


def checked(folder: Path, cache: Path) -> str:
    """Return what mypy says about the Python files of a folder."""
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(cache), "--no-error-summary"]
    command += ["--config-file", "", *sorted(path.name for path in folder.glob("*.py"))]
    environment = {"MYPYPATH": f"{SOURCE}:.", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def test_a_users_project_passes_the_strict_type_checker(tmp_path: Path) -> None:
    """Models, mappings and their tests need no casts and no ignores."""
    assert checked(FOLDER / "good", tmp_path) == ""


def test_misuse_is_refused_by_the_strict_type_checker(tmp_path: Path) -> None:
    """Each line marked with an error has it, and no other line has one."""
    lines = (FOLDER / "bad" / "misuse.py").read_text().splitlines()
    marked = [re.search(r"# error: ([a-z-]+)$", line) for line in lines]
    expected = {(number, mark[1]) for number, mark in enumerate(marked, start=1) if mark}
    said = checked(FOLDER / "bad", tmp_path)
    found = {(int(line), code) for line, code in re.findall(r":(\d+): error: .*\[([a-z-]+)\]", said)}
    assert found == expected, said


def test_a_users_project_has_no_problems_when_it_runs() -> None:
    """The project that passes the type checker is traced without a problem."""
    program = (
        f"import sys; sys.path[:0] = [{str(SOURCE)!r}]; import crm; crm.crm.check(); print(crm.crm.hash)"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=FOLDER / "good", capture_output=True, text=True, check=False)
    assert re.fullmatch("[0-9a-f]{8}\n", done.stdout), done.stderr
