"""Workers that are killed, frozen, that join and leave, and a broker that goes away: exactly once."""

import random
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from franca.local.kafka import LocalKafka
from tests.integration.copy_worker import Job
from tests.integration.crew import (
    Crew,
    Reader,
    crew,
    delete_topic,
    fill,
    make_again,
    make_topic,
    wait_for,
)

pytestmark = [pytest.mark.services, pytest.mark.slow]


@pytest.fixture
def copying(kafka: LocalKafka, tmp_path: Path) -> Iterator[Crew[Job]]:
    """Give workers for copying one topic of six partitions to another."""
    bootstrap = kafka.bootstrap
    job = Job(bootstrap, make_topic(bootstrap), make_topic(bootstrap), str(tmp_path))
    with crew(job) as workers:
        yield workers


@pytest.fixture
def target(copying: Crew[Job]) -> Iterator[Reader]:
    """Give a reader of what was copied."""
    reader = Reader(copying.job.bootstrap, copying.job.target)
    yield reader
    reader.close()


def wait_until_copied(target: Reader, number: int) -> None:
    """Wait until at least so many records are copied."""
    wait_for(lambda: target.has(number), f"{number} records are copied", 120)


def expect_exactly_once(target: Reader, number: int) -> None:
    """Every record was copied, and none twice."""
    wait_until_copied(target, number)
    assert sorted(map(int, target.settle())) == list(range(number))


def test_killed_workers_lose_and_double_nothing(copying: Crew[Job], target: Reader) -> None:
    """Two workers are killed and started again at random points while records arrive."""
    chance = random.Random(7)
    job, total = copying.job, 0
    copying.start()
    copying.start()
    for _ in range(12):
        fill(job.bootstrap, job.source, total, total + 400)
        total += 400
        wait_until_copied(target, min(total, len(target.values) + chance.randrange(1, 500)))
        victim = chance.choice([w for w in copying.workers if w.process.poll() is None])
        victim.kill()
        copying.start()
    expect_exactly_once(target, total)


def test_workers_that_join_and_leave_share_the_work(copying: Crew[Job], target: Reader) -> None:
    """A second and a third run, by mistake or not, take part; leaving is clean and at once."""
    job = copying.job
    first = copying.start()
    fill(job.bootstrap, job.source, 0, 2_000)
    wait_for(lambda: target.has(100), "the first worker copies")
    second, third = copying.start(), copying.start()
    wait_for(lambda: len(third.progress().lag) == 2 == len(second.progress().lag), "all three have a share")
    fill(job.bootstrap, job.source, 2_000, 4_000)
    assert first.stop() == 0
    assert second.stop() == 0
    wait_for(lambda: len(third.progress().lag) == 6, "the last worker has everything", 5)
    fill(job.bootstrap, job.source, 4_000, 5_000)
    expect_exactly_once(target, 5_000)
    assert third.stop() == 0


def test_a_frozen_worker_writes_nothing_when_it_wakes_and_goes_on(copying: Crew[Job], target: Reader) -> None:
    """A worker is stopped until others have its partitions, then wakes with a batch in hand."""
    job = copying.job
    sleeper, other = copying.start(), copying.start()
    wait_for(lambda: len(sleeper.progress().lag) == 3 == len(other.progress().lag), "both have a share")
    fill(job.bootstrap, job.source, 0, 3_000)
    wait_for(lambda: target.has(200), "both copy")
    sleeper.send(signal.SIGSTOP)
    fill(job.bootstrap, job.source, 3_000, 5_000)
    wait_for(lambda: len(other.progress().lag) == 6, "the other worker has everything")
    wait_for(lambda: target.has(4_500), "the other worker copies", 120)
    sleeper.send(signal.SIGCONT)
    wait_for(lambda: len(sleeper.progress().lag) == 3, "the sleeper has its share again")
    fill(job.bootstrap, job.source, 5_000, 6_000)
    expect_exactly_once(target, 6_000)
    assert sleeper.stop() == 0
    assert other.stop() == 0


def test_a_broker_that_goes_away_is_waited_for(tmp_path: Path) -> None:
    """The worker says that Kafka is away, goes on by itself when it is back, and lost nothing."""
    service = LocalKafka(tmp_path / "services")
    service.start()
    try:
        job = Job(
            service.bootstrap, make_topic(service.bootstrap), make_topic(service.bootstrap), str(tmp_path)
        )
        with crew(job) as workers:
            worker = workers.start()
            fill(job.bootstrap, job.source, 0, 1_000)
            target = Reader(job.bootstrap, job.target)
            wait_until_copied(target, 100)
            service.stop()
            wait_for(lambda: "kafka is unavailable" in worker.progress().last_error, "it says so")
            service.start()
            fill(job.bootstrap, job.source, 1_000, 2_000)
            expect_exactly_once(target, 2_000)
            wait_for(lambda: worker.progress().last_error == "", "it says that all is well")
            target.close()
            assert worker.stop() == 0
    finally:
        service.stop()


def test_a_topic_that_vanishes_is_named_and_read_again_when_it_is_back(
    copying: Crew[Job], target: Reader
) -> None:
    """Without an epoch to guard, a topic that was made anew is read from its beginning."""
    job = copying.job
    worker = copying.start()
    fill(job.bootstrap, job.source, 0, 500)
    wait_until_copied(target, 500)
    delete_topic(job.bootstrap, job.source)
    wait_for(lambda: job.source in worker.progress().last_error, "it names the topic")
    make_again(job.bootstrap, job.source)
    fill(job.bootstrap, job.source, 500, 1_200)
    expect_exactly_once(target, 1_200)
    wait_for(lambda: worker.progress().last_error == "", "it says that all is well")
    assert worker.stop() == 0


def test_a_topic_made_anew_at_once_is_read_from_its_beginning(copying: Crew[Job], target: Reader) -> None:
    """Its offsets are past the old ones before the worker looks again, and still nothing is skipped."""
    job = copying.job
    worker = copying.start()
    fill(job.bootstrap, job.source, 0, 300)
    wait_until_copied(target, 300)
    delete_topic(job.bootstrap, job.source)
    make_again(job.bootstrap, job.source)
    fill(job.bootstrap, job.source, 300, 3_300)
    expect_exactly_once(target, 3_300)
    assert worker.stop() == 0


def test_a_topic_made_anew_stops_a_guarded_pipeline_until_the_epoch_is_raised(
    copying: Crew[Job], target: Reader
) -> None:
    """Offsets start again, and with them sequences: the owner has to say that this was meant."""
    copying.job.epoch = 1
    job = copying.job
    worker = copying.start()
    fill(job.bootstrap, job.source, 0, 500)
    wait_until_copied(target, 500)
    assert worker.stop() == 0
    delete_topic(job.bootstrap, job.source)
    make_again(job.bootstrap, job.source)
    fill(job.bootstrap, job.source, 500, 1_200)
    refused = copying.start()
    assert refused.process.wait(60) == 1
    assert "epoch = 2" in refused.errors()
    job.epoch = 2
    copying.start()
    expect_exactly_once(target, 1_200)
