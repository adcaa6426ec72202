"""What is remembered between two starts, and who may write it."""

import subprocess
import sys
from pathlib import Path

import pytest

from franca.errors import UnavailableError
from franca.local.memory import Memory, ServiceState, locked

HOLD = """
import sys; from pathlib import Path; from franca.local.memory import locked
with locked(Path(sys.argv[1]), "kafka"):
    print("held", flush=True); sys.stdin.read()
"""


def test_what_is_remembered_is_recalled(tmp_path: Path) -> None:
    """Another object reads what one has stored, service by service."""
    Memory(tmp_path).remember("kafka", ServiceState(port=1, controller_port=2, pid=3))
    Memory(tmp_path).remember("postgres", ServiceState(port=4, password="x"))
    assert Memory(tmp_path).recall("kafka") == ServiceState(port=1, controller_port=2, pid=3)
    assert Memory(tmp_path).recall("postgres") == ServiceState(port=4, password="x")


def test_nothing_is_remembered_at_first(tmp_path: Path) -> None:
    """Asking creates nothing."""
    assert Memory(tmp_path / "none").recall("kafka") == ServiceState()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("damage", [b"", b"{", b'{"kafka": 1}', b"\xff"])
def test_a_damaged_memory_counts_as_none(damage: bytes, tmp_path: Path) -> None:
    """A file that was cut off must not keep the services from starting."""
    memory = Memory(tmp_path)
    memory.path.write_bytes(damage)
    assert memory.recall("kafka") == ServiceState()
    memory.remember("kafka", ServiceState(port=1))
    assert memory.recall("kafka").port == 1


def test_it_is_for_its_owner_only(tmp_path: Path) -> None:
    """It holds the password."""
    memory = Memory(tmp_path)
    memory.remember("postgres", ServiceState(password="x"))
    assert memory.path.stat().st_mode & 0o777 == 0o600


def test_a_lock_that_another_holds_is_waited_for_and_then_named(tmp_path: Path) -> None:
    """Two commands at once take turns; one that never ends is reported."""
    path = tmp_path / "lock"
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with (
            pytest.raises(UnavailableError, match="another franca has been starting"),
            locked(path, "kafka", 0.1),
        ):
            pass
        other.communicate("")
    with locked(path, "kafka", 0.1):
        assert path.exists()


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    """No stale lock ever needs removing by hand."""
    path = tmp_path / "lock"
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        other.kill()
    with locked(path, "kafka", 0.1):
        assert path.exists()
