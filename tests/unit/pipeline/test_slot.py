"""A worker's place on its machine."""

import subprocess
import sys
from pathlib import Path

from franca.pipeline.slot import Slot


def test_a_second_worker_takes_the_next_place(tmp_path: Path) -> None:
    """Two runs, by mistake or not, never share a name."""
    first, second = Slot(tmp_path, "crm.on-ramp"), Slot(tmp_path, "crm.on-ramp")
    assert (first.number, second.number) == (0, 1)
    assert first.name != second.name
    first.close()
    second.close()


def test_a_free_place_is_taken_again_under_the_same_name(tmp_path: Path) -> None:
    """The name is what makes the successor of a killed worker its successor."""
    first = Slot(tmp_path, "lake")
    name = first.name
    first.close()
    first.close()
    again = Slot(tmp_path, "lake")
    assert (again.number, again.name) == (0, name)
    again.close()


def test_pipelines_have_places_of_their_own(tmp_path: Path) -> None:
    """The lake's worker does not push the store's aside."""
    lake, store = Slot(tmp_path, "lake"), Slot(tmp_path, "store")
    assert (lake.number, store.number) == (0, 0)
    lake.close()
    store.close()


def test_projects_on_one_machine_have_names_of_their_own(tmp_path: Path) -> None:
    """Two folders that use the same cluster do not fence each other."""
    one, two = Slot(tmp_path / "one", "lake"), Slot(tmp_path / "two", "lake")
    assert one.name != two.name
    one.close()
    two.close()


def test_a_killed_worker_s_place_is_free_at_once(tmp_path: Path) -> None:
    """The lock ends with the process, not with a timeout."""
    program = (
        "import sys; from pathlib import Path; from franca.pipeline.slot import Slot\n"
        "slot = Slot(Path(sys.argv[1]), 'lake'); print(slot.number, flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"0\n"
        taken = Slot(tmp_path, "lake")
        process.kill()
        process.wait(30)
    again = Slot(tmp_path, "lake")
    assert (taken.number, again.number) == (1, 0)
    taken.close()
    again.close()
