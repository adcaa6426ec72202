"""The disk of lake and archive is full for a while: they wait, say so, and go on when there is room."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.crew import wait_for
from tests.integration.whole.bank import Bank
from tests.integration.whole.legacy import bank_messages, send
from tests.small_disk import small_disk

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.soak]

SMALL = "3m"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Give a small disk."""
    folder = tmp_path / "disk"
    folder.mkdir()
    with small_disk(folder, SMALL):
        yield folder


def test_a_full_disk_is_waited_for(bank: Bank, disk: Path) -> None:
    """Topics and store go on meanwhile; lake and archive miss nothing and double nothing afterwards."""
    bank.lake, bank.archive = disk / "lake", disk / "archive"
    bank.settle(f'[lake]\nurl = "{bank.lake}"\n[archive]\nurl = "{bank.archive}"')
    messages = bank_messages(300, 300, 1_500, seed=5)
    bank("topics")
    run = bank.start()
    send(bank.bootstrap, messages[:300])
    wait_for(lambda: bank.picture("lake").get("read", 0) > 0, "the lake is written")

    ballast = _fill(disk)
    send(bank.bootstrap, messages[300:])
    for name in ("lake", "crm.archive", "core.archive"):
        wait_for(lambda name=name: "No space left" in bank.trouble(name), f"{name} says so")  # type: ignore[misc]
    wait_for(lambda: bank.picture("crm.on-ramp").get("read", 0) > 700, "the on-ramp goes on")
    ballast.unlink()
    wait_for(lambda: not any(bank.trouble(name) for name in bank.PIPELINES), "all go on")
    assert run.stop() == 0, run.text()
    bank("run", "--until-caught-up")

    bank.expect_all()
    for name in ("lake", "crm.archive", "core.archive"):
        service = name.rpartition(".")[2]
        assert bank.log(name).count(f"{name}: {service} is unavailable") == 1, bank.log(name)


def _fill(disk: Path) -> Path:
    """Leave no room on the disk; return the file to be deleted for some."""
    ballast = disk / "ballast"
    free = os.statvfs(disk)
    with ballast.open("wb") as file:
        file.truncate(0)
        while os.statvfs(disk).f_bavail:
            file.write(bytes(min(free.f_frsize, 4_096)))
            file.flush()
    return ballast
