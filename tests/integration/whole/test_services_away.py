"""Kafka and PostgreSQL go away and come back in the middle of a run: it waits, says so once, and goes on."""

from pathlib import Path

import pytest

from franca.local.kafka import LocalKafka
from franca.local.postgres import LocalPostgres
from tests.integration.crew import wait_for
from tests.integration.whole.bank import opened
from tests.integration.whole.legacy import bank_messages, send

pytestmark = [
    pytest.mark.services,
    pytest.mark.slow,
    pytest.mark.soak,
    pytest.mark.timeout(600),
]


def test_services_that_go_away_are_waited_for(
    services: tuple[LocalKafka, LocalPostgres], tmp_path: Path
) -> None:
    """Each outage is told once, its end too; nothing is lost or doubled, and nobody has to help."""
    broker, server = services
    messages = bank_messages(200, 200, 2_000, seed=3)
    with opened(tmp_path / "bank", broker.bootstrap, server.dsn) as bank:
        bank("topics")
        run = bank.start()
        send(bank.bootstrap, messages[:600])
        wait_for(lambda: bank.picture("store").get("read", 0) > 0, "the store is written")
        server.stop()
        send(bank.bootstrap, messages[600:1_200])
        wait_for(lambda: "store is unavailable" in bank.trouble("store"), "the store's outage is told")
        wait_for(lambda: bank.picture("crm.on-ramp")["read"] > 400, "the others go on")
        server.start()
        wait_for(lambda: not bank.trouble("store"), "the store's pipeline goes on")
        broker.stop()
        wait_for(lambda: all("kafka is unavailable" in bank.trouble(n) for n in bank.PIPELINES), "all wait")
        broker.start()
        send(bank.bootstrap, messages[1_200:])
        wait_for(lambda: not any(bank.trouble(name) for name in bank.PIPELINES), "all go on")
        assert run.stop() == 0, run.text()
        bank("run", "--until-caught-up")

        bank.expect_all()
        said = bank.log("store").splitlines()
        assert sum("store: store is unavailable" in line for line in said) == 1, said
        assert sum("store: going on, after: store is unavailable" in line for line in said) == 1, said
        for name in bank.PIPELINES:
            assert bank.log(name).count(f"{name}: going on, after: kafka is unavailable") == 1, bank.log(name)
            assert "Traceback" not in bank.log(name)
