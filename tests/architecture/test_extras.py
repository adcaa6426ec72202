"""What the core install can do without any extra."""

import os
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

import pytest

from franca.cli.main import EXTRAS
from franca.local.kafka import LocalKafka
from tests.conftest import Database
from tests.integration.whole.bank import TOPICS, delete

ABSENT = "raise ModuleNotFoundError('no module named ' + __name__, name=__name__)\n"


def _core_only(
    folder: Path, *arguments: str, missing: Collection[str] = EXTRAS
) -> subprocess.CompletedProcess[str]:
    """Run franca where no package of an extra, or none of the missing, is found, in its workers too."""
    absent = folder / ".absent"
    absent.mkdir(exist_ok=True)
    for name in missing:
        (absent / f"{name}.py").write_text(ABSENT)
    path = os.pathsep.join((str(absent), *sys.path))
    return subprocess.run(
        [sys.executable, "-m", "franca", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_core_makes_checks_and_maps_a_project(tmp_path: Path) -> None:
    """The core install is small enough for a function in the cloud, and maps."""
    assert _core_only(tmp_path, "new", "bank").returncode == 0
    assert _core_only(tmp_path / "bank", "check").returncode == 0
    assert _core_only(tmp_path / "bank", "views", "list").returncode == 0

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


PRODUCTION = (
    (0, "check", "--sql"),
    (0, "map", "crm.cust", "data/cust.jsonl"),
    (0, "topics"),
    (0, "send", "crm.cust", "data/cust.jsonl"),
    (0, "run", "--until-caught-up"),
    (0, "status"),
    (0, "status", "--json"),
    (0, "query", "select * from individual"),
    (0, "dead-letters", "list"),
    (1, "dead-letters", "show", "nothing"),
    (0, "dead-letters", "replay"),
    (0, "up"),
    (0, "down"),
)
"""What is done where the services are one's own, with the exit code of each."""


@pytest.mark.services
@pytest.mark.slow
def test_production_needs_no_package_of_the_local_services(
    kafka: LocalKafka, postgres: Database, tmp_path: Path
) -> None:
    """The documented install, franca[lake,store,metrics], does everything with services of one's own."""
    assert _core_only(tmp_path, "new", "bank").returncode == 0
    bank = tmp_path / "bank"
    text = f"[kafka]\nbootstrap = '{kafka.bootstrap}'\n[store]\ndsn = '{postgres.dsn}'\n"
    (bank / "franca.toml").write_text(text)
    local = [package for package, extra in EXTRAS.items() if extra == "local"]

    try:
        for code, *arguments in PRODUCTION:
            done = _core_only(bank, *arguments, missing=local)
            assert done.returncode == code, f"{arguments}: {done.stdout}{done.stderr}"
    finally:
        delete(kafka.bootstrap, *TOPICS)


@pytest.mark.services
def test_status_needs_no_store(kafka: LocalKafka, tmp_path: Path) -> None:
    """Who streams to the lake only has neither a store nor the package of a local one."""
    assert _core_only(tmp_path, "new", "bank").returncode == 0
    (tmp_path / "bank" / "franca.toml").write_text(f"[kafka]\nbootstrap = '{kafka.bootstrap}'\n")
    local = [package for package, extra in EXTRAS.items() if extra == "local"]

    done = _core_only(tmp_path / "bank", "status", missing=local)

    assert done.returncode == 0, done.stderr
    assert "none: no [store]" in done.stdout
