"""A worker frozen until others have its partitions wakes with a batch in hand, and writes nothing of it."""

import os
import signal

import pytest

from tests.integration.crew import wait_for
from tests.integration.whole.bank import Bank, Run
from tests.integration.whole.legacy import bank_messages, feed

pytestmark = [
    pytest.mark.services,
    pytest.mark.slow,
    pytest.mark.soak,
    pytest.mark.timeout(600),
]

PIPELINES = ("crm.on-ramp", "lake", "store")


def test_workers_frozen_past_a_rebalance_lose_and_double_nothing(bank: Bank) -> None:
    """One of two workers of each pipeline sleeps through the loss of its partitions, then wakes."""
    messages = bank_messages(300, 0, 5_000, seed=2)
    with feed(bank.bootstrap, messages, 300) as feeding:
        run = bank.start("--workers", "2", *PIPELINES)
        wait_for(lambda: all(_share(bank, name, 0) and _share(bank, name, 1) for name in PIPELINES), "shares")
        sleepers = _sleepers(bank, run)
        feeding.wait_for(feeding.sent + 150)
        _signal(sleepers, signal.SIGSTOP)
        wait_for(
            lambda: all(_share(bank, name, 0) == bank.partitions(name) for name in PIPELINES),
            "the others have everything",
        )
        feeding.wait_for(feeding.sent + 300)
        _signal(sleepers, signal.SIGCONT)
        wait_for(lambda: all(_share(bank, name, 1) for name in PIPELINES), "the sleepers have a share again")
        feeding.finish()
    assert run.stop() == 0, run.text()

    bank("run", "--until-caught-up")

    bank.expect_all()


def _share(bank: Bank, pipeline: str, slot: int) -> int:
    return len(bank.picture(pipeline, slot).get("lag", {}))


def _sleepers(bank: Bank, run: Run) -> list[int]:
    """Return the workers in the second places."""
    slots = bank.folder / ".franca" / "slots"
    found = [int((slots / f"{name}.1.lock").read_text()) for name in PIPELINES]
    assert set(found) <= set(run.workers())
    return found


def _signal(processes: list[int], number: signal.Signals) -> None:
    for process in processes:
        os.kill(process, number)
