"""A run that is asked to stop drains, commits and leaves nobody behind."""

import os
import signal

import pytest

from tests.integration.crew import wait_for
from tests.integration.whole.bank import Bank
from tests.integration.whole.legacy import bank_messages, feed, send

pytestmark = [pytest.mark.services, pytest.mark.slow]


@pytest.mark.soak
def test_a_run_stops_cleanly_on_either_signal(bank: Bank) -> None:
    """SIGINT and SIGTERM: exit code 0, no worker left, and the next run goes on where it ended."""
    messages = bank_messages(200, 200, 1_500, seed=9)
    with feed(bank.bootstrap, messages, 300) as feeding:
        for number in (signal.SIGINT, signal.SIGTERM):
            run = bank.start_reading()
            assert run.stop(number) == 0, run.text()
            assert not run.left()
            assert "failed" not in run.text()
            assert {bank.picture(name)["state"] for name in bank.PIPELINES} == {"stopped"}
        feeding.finish()
    bank("run", "--until-caught-up")

    bank.expect_all()


@pytest.mark.soak
def test_a_second_interrupt_ends_at_once(bank: Bank) -> None:
    """Who asks twice does not wait for workers that are stuck; those end by themselves, losing nothing."""
    bank("topics")
    send(bank.bootstrap, bank_messages(100, 100, 100, seed=10))
    run = bank.start_reading()
    stuck = min(run.workers())
    _signal(stuck, signal.SIGSTOP)
    try:
        run.process.send_signal(signal.SIGINT)
        wait_for(lambda: run.workers().keys() == {stuck}, "the others have ended")
        assert run.stop(signal.SIGINT, 30) != 0
        assert "Traceback" not in run.text()
    finally:
        _signal(stuck, signal.SIGCONT)
    wait_for(lambda: not run.left(), "the stuck worker has ended too")
    bank("run", "--until-caught-up")

    bank.expect_all()


def _signal(process: int, number: signal.Signals) -> None:
    os.kill(process, number)
