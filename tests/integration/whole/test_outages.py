"""Services and workers are killed, stopped and frozen at random moments; afterwards nobody has to help."""

import os
import random
import signal
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from franca.local.kafka import LocalKafka
from franca.local.postgres import LocalPostgres
from franca.local.server import Server
from tests.integration.crew import wait_for
from tests.integration.whole.bank import Bank, Run, opened
from tests.integration.whole.legacy import bank_messages, feed

pytestmark = [
    pytest.mark.services,
    pytest.mark.slow,
    pytest.mark.soak,
    pytest.mark.timeout(1_800),
]

OUTAGES = 20
LONGEST_SECONDS = 30.0
"""Longer than a worker's session, so that it loses its partitions, and than a transaction may last."""


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_run_catches_up_by_itself_after_whatever_went_away(
    services: tuple[LocalKafka, LocalPostgres], tmp_path: Path, workers: str
) -> None:
    """The run that saw all outages stores everything, once, and stands still nowhere."""
    broker, server = services
    chance = random.Random(f"outages/{workers}")
    messages = bank_messages(300, 300, 300 * OUTAGES, seed=5)
    with opened(tmp_path / "bank", broker.bootstrap, server.dsn) as bank:
        bank("topics")
        with feed(bank.bootstrap, messages, 60) as feeding:
            run = bank.start("--workers", workers)
            wait_for(lambda: all(bank.picture(name).get("read") for name in bank.PIPELINES), "all have begun")
            for _ in range(OUTAGES):
                time.sleep(chance.random() * 6)
                _outage(chance, broker, server, run)
            feeding.finish()
        wait_for(lambda: _is_complete(bank), "everything is stored", 240)
        assert run.stop() == 0, run.text()
        bank.expect_all()
        assert not any("Traceback" in bank.log(name) for name in bank.PIPELINES), bank.logs()


def _outage(chance: random.Random, broker: LocalKafka, server: LocalPostgres, run: Run) -> None:
    service = chance.choice([broker, server])
    seconds = chance.random() ** 2 * LONGEST_SECONDS
    outages: list[Callable[[], None]] = [
        lambda: _away(service, service.stop, seconds),
        lambda: _away(service, lambda: _signal(_tree(service.pid), signal.SIGKILL), seconds),
        lambda: _frozen(_tree(service.pid), seconds),
        lambda: _frozen(_some(run, chance), seconds),
        lambda: _signal(_some(run, chance), signal.SIGKILL),
    ]
    chance.choice(outages)()


def _away(service: Server, end: Callable[[], None], seconds: float) -> None:
    end()
    time.sleep(seconds)
    service.start()


def _frozen(processes: Iterable[int], seconds: float) -> None:
    processes = list(processes)
    _signal(processes, signal.SIGSTOP)
    time.sleep(seconds)
    _signal(processes, signal.SIGCONT)


def _tree(pid: int) -> list[int]:
    return [child.pid for child in psutil.Process(pid).children(recursive=True)] + [pid]


def _some(run: Run, chance: random.Random) -> list[int]:
    workers = sorted(run.workers())
    return chance.sample(workers, -(-len(workers) // 3))


def _signal(processes: Iterable[int], number: signal.Signals) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, number)


def _is_complete(bank: Bank) -> bool:
    with suppress(AssertionError):
        bank.expect_all()
        return True
    return False
