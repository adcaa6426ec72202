"""Workers, and runs themselves, are killed at random moments while changes arrive: exactly once."""

import os
import random
import signal

import pytest

from tests.integration.crew import wait_for
from tests.integration.whole.bank import Bank, Run
from tests.integration.whole.legacy import bank_messages, feed

pytestmark = [
    pytest.mark.services,
    pytest.mark.slow,
    pytest.mark.timeout(3_600),
]

SHORT, LONG = 8, 50


def test_kills_at_random_moments_lose_and_double_nothing(bank: Bank, request: pytest.FixtureRequest) -> None:
    """After SIGKILL of any worker, and of the run itself, every stage equals an undisturbed run."""
    chance = random.Random(20)
    kills = LONG if request.config.getoption("--soak") else SHORT
    messages = bank_messages(300, 300, 250 * kills)
    with feed(bank.bootstrap, messages, 250) as feeding, bank.explained():
        run = bank.start("--workers", "1")
        for number in range(kills):
            _wait_for_a_moment(bank, run, chance)
            if number % 4 == 3:
                run.kill()
                run = bank.start()
            else:
                os.kill(chance.choice(sorted(run.workers())), signal.SIGKILL)
        feeding.finish()
    wait_for(lambda: bool(run.workers()), "the last run has begun")
    assert run.stop() == 0, run.text()

    bank("run", "--until-caught-up")

    assert bank.expect_all().letters
    assert all(not each.left() for each in bank.runs)


def _wait_for_a_moment(bank: Bank, run: Run, chance: random.Random) -> None:
    """Wait until some pipeline has moved on, and then up to half a second more; sometimes not at all."""
    wait_for(lambda: bool(run.workers()), "there are workers")
    if chance.random() < 0.25:
        return
    pipeline = chance.choice(["crm.on-ramp", "core.on-ramp", "lake", "store"])
    after = _last_told(bank, pipeline) + chance.random() / 2
    wait_for(lambda: _last_told(bank, pipeline) > after, f"{pipeline} goes on")


def _last_told(bank: Bank, pipeline: str) -> float:
    """Return when one of its workers told anything: the second has the place of one that is still ending."""
    return max(float(bank.picture(pipeline, slot).get("time", 0.0)) for slot in (0, 1))
