"""A lake is proved against its topics on a real Kafka, and it is said where that can't be done."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import TopicPartition

from franca.config.pipelines import build, shapes
from franca.lake.verification import Verified
from franca.lake.verification import verify as prove
from franca.local.kafka import LocalKafka
from franca.operations.lake_log import LakeLogs
from franca.pipeline.runner import run
from franca.topics.admin import ends
from tests.command import forked
from tests.integration.crew import ROOT
from tests.integration.desk import Desk, row
from tests.integration.whole.legacy import send

pytestmark = pytest.mark.services


def verify(desk: Desk, *arguments: str) -> tuple[int, dict[str, Any], str]:
    """Run the command as a user does; return its exit code, what it has of the orders, and what it tells."""
    command = forked("-p", str(desk.folder), "lake", "verify", desk.order, "--json")
    done = subprocess.run(
        [*command, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    found = json.loads(done.stdout) if done.stdout else [{}]
    return done.returncode, found[0], done.stderr


def proved(desk: Desk) -> Verified:
    """Return what is found of the orders."""
    project, places = desk.project(), desk.places()
    shape = next(shape for shape in shapes(project) if shape.name == desk.order)
    log = LakeLogs(project, places).log(shape)
    return prove(places.lake_url, shape, {}, desk.folder / "scratch", log)


def test_the_lake_is_proved_against_its_topic(kafka: LocalKafka, tmp_path: Path) -> None:
    """Events, a dead letter, a tombstone and marks of transactions account for every offset."""
    desk = Desk(tmp_path, kafka.bootstrap)
    desk.send(row("1", "one"), row("2", "two"))
    desk.run()
    send(kafka.bootstrap, [(desk.order, b"3", b"{"), (desk.order, b"2", None)])
    desk.send(row("4", "four"))
    desk.run()
    admin, project, places = desk.cluster.admin(), desk.project(), desk.places()
    run(build(project, places, "lake", "w"), until=lambda: ends(admin, [desk.order]))

    found = proved(desk)
    (place,) = found.places
    assert (found.problems, found.remarks) == ([], [])
    assert (place.topic, place.events, place.proved, place.gaps) == (desk.order, 3, 3, [])
    assert (place.records, place.parked, place.tombstones) == (5, 1, 1)
    assert (place.next or 0) > place.records  # the marks of transactions have offsets as well

    desk.send(row("5", "five"))
    desk.run()
    sink: Any = build(project, places, "lake", "w").sink
    sink.open()
    ((partition, end),) = ends(admin, [desk.order]).items()
    assert sink.move({partition: (place.next, end)})
    code, lacks, told = verify(desk, "--topics")
    lacking = desk.records(desk.order)[-1].offset
    assert (code, lacks["places"][0]["gaps"]) == (1, [{"first": lacking, "last": lacking, "records": 1}])
    assert f"{desk.order}/0: 1 records of the topic are no events of the table: offset {lacking}" in told

    (tmp_path / "franca.toml").write_text("")  # its own Kafka does not run
    code, counted, told = verify(desk)
    assert (code, counted["problems"], counted["places"][0]["begins"]) == (0, [], None)
    assert "the topics were not read, so events are counted only: kafka is unavailable" in told


def test_a_loss_that_was_accepted_stays_known(kafka: LocalKafka, tmp_path: Path) -> None:
    """Once `skip_lost` has passed, whoever verifies is told which offsets were never read."""
    desk = Desk(tmp_path, kafka.bootstrap)
    admin, places = desk.cluster.admin(), desk.places()

    def bring(*numbers: str) -> int:
        desk.send(*(row(number, "text") for number in numbers))
        desk.run()
        return next(iter(ends(admin, [desk.order]).values()))

    first = bring("1", "2")
    run(build(desk.project(), places, "lake", "w"), until=lambda: ends(admin, [desk.order]))
    begin = bring("3", "4")
    for future in admin.delete_records([TopicPartition(desk.order, 0, begin)]).values():
        future.result(30)
    bring("5")
    with (tmp_path / "franca.toml").open("a") as settings:
        settings.write("[pipelines.lake]\nskip_lost = true\n")
    run(build(desk.project(), places, "lake", "w"), until=lambda: ends(admin, [desk.order]))
    found = proved(desk)
    told = f"offsets {first} to {begin - 1} were deleted before they were read, which `skip_lost` accepted"
    assert (found.problems, found.events) == ([], 3)
    assert f"{desk.order}/0: {told}" in found.remarks
