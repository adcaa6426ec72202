"""What becomes of a program that fails, or that does not end."""

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from bench.process import ProgramFailedError, TooSlowError, end, launch, module, run
from tests.integration.crew import wait_for


def a_script(path: Path, text: str) -> str:
    """Return the path of a shell's script."""
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(
    ("first", "patience_seconds"), [("", 30.0), ("trap '' TERM", 0.5)], ids=["listening", "deaf"]
)
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere orphans are not seen")
def test_a_program_is_ended_with_all_of_its_processes(
    tmp_path: Path, first: str, patience_seconds: float
) -> None:
    """Those too that it left behind, or that don't listen."""
    pids = tmp_path / "pids"
    left = f"(sleep 500 & echo $! >> {pids})\nsleep 500 & echo $! >> {pids}\necho $$ >> {pids}\nsleep 500"
    program = a_script(tmp_path / "hang.sh", f"{first}\n{left}")
    process = launch(module("bench.proof.reaper", program), tmp_path, subprocess.DEVNULL)
    wait_for(lambda: pids.exists() and len(pids.read_text().split()) == 3, "its processes run", 60)
    tree = psutil.Process(process.pid).children(recursive=True)
    assert {int(pid) for pid in pids.read_text().split()} <= {each.pid for each in tree}

    end(process, patience_seconds)

    assert psutil.wait_procs(tree, 10)[1] == []


def test_a_program_that_does_not_end_is_too_slow(tmp_path: Path) -> None:
    """It is told by its name, and by what it was given."""
    program = a_script(tmp_path / "hang.sh", "sleep 500")
    with pytest.raises(TooSlowError) as found:
        run([program], limit_seconds=0.5)
    assert str(found.value) == f"{program} was not done in 0 s"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("print('oh dear'); raise SystemExit(3)", "mine.py gave 3, and said:\noh dear"),
        ("raise SystemExit(3)", "mine.py gave 3, and said nothing"),
    ],
)
def test_a_program_that_fails_is_told_by_its_name(tmp_path: Path, text: str, told: str) -> None:
    """Not by what runs it."""
    (tmp_path / "mine.py").write_text(text)
    with pytest.raises(ProgramFailedError) as found:
        run(module("bench.proof.reaper", sys.executable, str(tmp_path / "mine.py"), "changes.jsonl"))
    assert str(found.value) == told


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("echo no first line", "exec format error"),
        ("#!/no/such/interpreter", "no such file or directory"),
    ],
)
def test_a_program_that_can_not_be_started_is_told_in_a_line(tmp_path: Path, text: str, why: str) -> None:
    """Without a trace of what runs it, and with what a script lacks."""
    program = tmp_path / "mine"
    program.write_text(f"{text}\n")
    program.chmod(0o755)
    with pytest.raises(ProgramFailedError) as found:
        run(module("bench.proof.reaper", str(program), "changes.jsonl"))
    said = f"can't be started: {why}; a script names in its first line what runs it, as #!/bin/sh does"
    assert str(found.value) == f"{program} changes.jsonl gave 127, and said:\n{said}"
