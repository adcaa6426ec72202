"""Two runs of one project at once, by mistake: they share the work."""

import pytest

from tests.integration.crew import wait_for
from tests.integration.whole.bank import Bank
from tests.integration.whole.legacy import bank_messages, feed

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.soak]


def test_two_runs_at_once_double_nothing(bank: Bank) -> None:
    """Both take part, either may leave, and every stage holds everything once."""
    messages = bank_messages(200, 200, 3_000, seed=4)
    with feed(bank.bootstrap, messages, 400) as feeding:
        first = bank.start()
        wait_for(lambda: bool(bank.picture("store").get("read")), "the first run stores")
        second = bank.start()
        wait_for(lambda: bool(bank.picture("store", 1).get("lag")), "the second run has a share")
        feeding.wait_for(feeding.sent + 200)
        assert first.stop() == 0, first.text()
        feeding.finish()
    bank("run", "--until-caught-up")
    assert second.stop() == 0, second.text()

    bank.expect_all()
