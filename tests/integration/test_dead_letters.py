"""Dead letters on a real Kafka: each is there, is as large as its topic takes, and can be replayed."""

import os
from base64 import b64encode
from pathlib import Path

import msgspec
import pytest

from franca.errors import WriteError
from franca.local.kafka import LocalKafka
from franca.sinks.letterbox import Letterbox
from franca.sinks.parking import Parking
from franca.sources.extract import extract
from franca.topics.cluster import Cluster
from franca.topics.dead_letter import read_dead_letter
from franca.types import Record
from tests.integration.crew import make_again
from tests.integration.desk import Desk, row

pytestmark = pytest.mark.services


def noise(size: int) -> str:
    """Return text that can't be compressed much."""
    return b64encode(os.urandom(size)).decode()


def test_each_refused_event_of_an_entity_is_listed_and_replayed(kafka: LocalKafka, tmp_path: Path) -> None:
    """They do not overwrite each other; when the topic takes more, each comes in its turn."""
    desk = Desk(tmp_path, kafka.bootstrap, {"order": 5_000})
    desk.send(row("1", "first " + noise(6_000)), row("2", "small"), row("1", "second" + noise(6_000)))
    desk.send(row("1", "third " + noise(6_000)))
    desk.run()

    assert [letter.id for letter in desk.listed()] == [
        f"{desk.raw}/0/{offset}/write/order/c" for offset in (0, 2, 3)
    ]
    assert {(letter.stage, letter.code, letter.whole) for letter in desk.listed()} == {
        ("write", "too-large", True)
    }
    assert [letter.record for letter in desk.listed()] == [desk.records(desk.raw)[at] for at in (0, 2, 3)]
    still = desk.replay()
    assert (still.replayed, len(still.failed)) == (0, 3)

    desk.take(desk.order, 100_000)
    result = desk.replay()

    assert (result.replayed, result.messages, result.failed) == (3, 3, [])
    assert desk.notes() == ["2 small", "1 first ", "1 second", "1 third "]
    assert desk.listed() == []


def test_a_letter_is_as_large_as_its_topic_takes(kafka: LocalKafka, tmp_path: Path) -> None:
    """On a small topic it is cut, never parked in its turn, and what is good goes on."""
    desk = Desk(tmp_path, kafka.bootstrap, {"dead": 20_000})
    desk.send(b"no json " + noise(2_000_000).encode(), row("1", noise(50_000), "?"), row("2", "good"))
    desk.send(b"\xff\x00binary")
    desk.run()

    letters = {letter.record.offset: letter for letter in desk.listed()}

    assert [(at, letters[at].code, letters[at].whole) for at in sorted(letters)] == [
        (0, "not-json", False),
        (1, "unknown-code", False),
        (3, "not-utf8", True),
    ]
    assert desk.notes() == ["2 good"]


def test_a_letter_that_was_cut_is_replayed_from_the_archive(kafka: LocalKafka, tmp_path: Path) -> None:
    """The archive has the whole record; before it has, the letter says so and stays as it was."""
    desk = Desk(tmp_path, kafka.bootstrap, {"dead": 20_000})
    desk.send(row("1", "cut   " + noise(2_000_000), "N"))
    desk.run()
    desk.know_state("N")
    (before,) = desk.listed()
    assert "the archive has not the whole" in desk.replay().failed[0][1]
    assert desk.listed() == [msgspec.structs.replace(before, tried=2)]

    desk.run("archive")
    result = desk.replay()

    assert (result.replayed, result.failed, desk.listed()) == (1, [], [])
    assert desk.notes() == ["1 cut   "]


def test_letters_of_a_store_fit_their_topic_however_many_there_are(kafka: LocalKafka) -> None:
    """A limit below a megabyte stops neither lake nor store, and one that is lowered later neither."""
    desk = f"s{os.urandom(5).hex()}"
    make_again(kafka.bootstrap, f"{desk}.dead-letters", 1, **{"max.message.bytes": "30000"})
    letterbox = Letterbox(Cluster(kafka.bootstrap))
    parking = Parking(letterbox.publish, "store", [desk])
    refused = [
        (Record("order", 0, n, 1, b"\xff\x00", noise(20_000).encode()), WriteError("", "x", "not-text"))
        for n in range(300)
    ]

    parking.add(refused)

    records = list(extract(Cluster(kafka.bootstrap), [f"{desk}.dead-letters"]))
    letters = [read_dead_letter(record.value or b"") for record in records]
    assert [letter.id for letter in letters] == [f"order/0/{n}/write/store" for n in range(300)]
    assert all(letter.record.key == b"\xff\x00" for letter in letters)
