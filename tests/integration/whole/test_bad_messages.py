"""Bad messages among good ones: each is a dead letter with its reason, the others arrive."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from franca.local.kafka import LocalKafka
from tests.conftest import Database
from tests.integration.whole import found, shop
from tests.integration.whole.bank import Bank, delete, opened
from tests.integration.whole.legacy import send
from tests.integration.whole.shop import BAD, EVERY, GOOD, SECRET, TOPIC

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.soak]


@pytest.fixture
def till(kafka: LocalKafka, postgres: Database, tmp_path: Path) -> Iterator[Bank]:
    """Give the shop's project, everything sent and caught up."""
    with opened(tmp_path / "shop", kafka.bootstrap, postgres.dsn, shop.write) as project:
        try:
            project("topics")
            send(kafka.bootstrap, shop.messages())
            project("run", "--until-caught-up")
            yield project
        finally:
            delete(kafka.bootstrap, TOPIC, "sale", "buyer", "till.dead-letters")


def test_bad_messages_are_parked_shown_corrected_and_replayed(till: Bank) -> None:
    """Nothing is lost: what is good arrives, what is bad is listed, and comes back when mended."""
    thousandth = GOOD // EVERY
    expected = Counter(code for bad in BAD.values() for code in bad.letters.values())
    expected["unknown-code"] += thousandth

    letters = _letters(till)

    assert Counter(letter["code"] for letter in letters) == expected
    assert _codes_of_bad(till, letters) == {name: bad.letters for name, bad in BAD.items() if bad.letters}
    _expect_masked(till, letters)
    buyers = found.in_store(till.dsn, "buyer", "number")
    assert len(buyers) == GOOD + 2  # the large one, and the one whose sale has an unknown code
    assert len(buyers["large"]["name"]) == 2_000_000
    assert len(found.in_store(till.dsn, "sale", "number")) == GOOD + 1 - thousandth

    shop.write(till.folder, shop.CORRECTED)
    assert _replay(till, "--dry-run") == thousandth + 1
    assert _letters(till) == letters
    assert "no such dead letter" in till("dead-letters", "replay", "nope", code=1)
    assert _replay(till) == thousandth + 1
    till("run", "--until-caught-up")

    left = Counter(letter["code"] for letter in _letters(till))
    assert left == expected - Counter({"unknown-code": thousandth + 1})
    sales = found.in_store(till.dsn, "sale", "number")
    assert len(sales) == GOOD + 2
    assert sales["01007"] == {"number": "01007", "cents": 1007, "payment": "Voucher"}
    _expect_each_event_once(till)


def _letters(till: Bank) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = json.loads(till("dead-letters", "list", "--limit", "9999", "--json"))
    return sorted(listed, key=lambda letter: str(letter["id"]))


def _replay(till: Bank, *options: str) -> int:
    """Replay what the corrected mapping concerns, and return how many letters succeeded."""
    answer = json.loads(till("dead-letters", "replay", "--code", "unknown-code", "--json", *options))
    assert not answer["failed"]
    return int(answer["replayed"])


def _codes_of_bad(till: Bank, letters: list[dict[str, Any]]) -> dict[str, dict[str, str]]:
    """Return the letters' codes by kind of message, by stage and mapping."""
    kinds = {
        (int(m.partition() or 0), int(m.offset() or 0)): list(BAD)[int(key.removeprefix(b"bad"))]
        for m in found.messages(till.bootstrap, [TOPIC])
        if (key := m.key() or b"") and isinstance(key, bytes) and key.startswith(b"bad")
    }
    codes: dict[str, dict[str, str]] = {}
    for letter in letters:
        topic, partition, offset, where = letter["id"].split("/", 3)
        assert topic == TOPIC
        kind = kinds.get((int(partition), int(offset)))
        if kind:
            codes.setdefault(kind, {})[where] = letter["code"]
    return codes


def _expect_masked(till: Bank, letters: list[dict[str, Any]]) -> None:
    """Personal values are in no listing, in no log, and shown only where that is asked for."""
    assert SECRET not in json.dumps(letters)
    assert SECRET not in till.logs()
    letter = next(each["id"] for each in letters if each["code"] == "unknown-code")
    shown = till("dead-letters", "show", letter)
    assert SECRET not in shown
    assert '"paid": "V"' in shown
    assert SECRET in till("dead-letters", "show", "--reveal", letter)


def _expect_each_event_once(till: Bank) -> None:
    for entity in ("sale", "buyer"):
        _, placed = found.published(till.bootstrap, entity)
        ids = [stored.fact.id for stored in placed]
        assert len(set(ids)) == len(ids) == GOOD + 2
        assert found.in_lake(till.lake, entity, "number") == placed
