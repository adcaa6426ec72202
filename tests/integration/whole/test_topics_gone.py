"""Topics that vanish, and topics made anew whose offsets start again."""

import pytest

from tests.integration.crew import make_again, wait_for
from tests.integration.whole import found
from tests.integration.whole.bank import Bank, delete
from tests.integration.whole.expected import outcome
from tests.integration.whole.legacy import bank_messages, send

pytestmark = [pytest.mark.services, pytest.mark.slow]

RAW = "raw.crm.cust"


@pytest.mark.soak
def test_a_raw_topic_made_anew_needs_a_higher_epoch(bank: Bank) -> None:
    """Its deletion is named and waited for; its new offsets would sort as old, so its owner has to decide."""
    first, second = bank_messages(200, 0, 200, seed=6), bank_messages(250, 0, 200, seed=7)
    bank("topics")
    send(bank.bootstrap, first)
    run = bank.start()
    wait_for(lambda: bank.picture("store").get("read", 0) > 300, "the store is written")
    number = sum(topic == RAW for topic, _, _ in first)
    for name in ("crm.on-ramp", "crm.archive"):
        wait_for(lambda name=name: bank.picture(name).get("read") == number, f"{name} has all")  # type: ignore[misc]
    delete(bank.bootstrap, RAW)
    for name in ("crm.on-ramp", "crm.archive"):
        wait_for(lambda name=name: RAW in bank.trouble(name), f"{name} names the topic")  # type: ignore[misc]
    assert run.process.poll() is None
    make_again(bank.bootstrap, RAW, 3)
    send(bank.bootstrap, second)
    wait_for(lambda: "epoch = 2" in bank.trouble("crm.on-ramp"), "the epoch is named")
    assert run.stop() == 1, run.text()
    assert "epoch = 2" in run.text()
    assert "epoch = 2" in bank("run", "--until-caught-up", code=1)

    bank.settle("[applications.crm]\nepoch = 2")
    bank("run", "--until-caught-up")

    _expect_both(bank)


def _expect_both(bank: Bank) -> None:
    """Topics and lake hold the events of both topics, the store the newer."""
    raw = found.archived(bank.archive)
    newer = found.raw_messages(bank.bootstrap)
    wanted = outcome(newer, {RAW: 2})
    assert len(raw) > len(newer)
    for entity in ("individual", "customer"):
        by_key, placed = found.published(bank.bootstrap, entity)
        assert found.in_lake(bank.lake, entity) == placed
        for key, facts in wanted.facts[entity].items():
            assert by_key[key][-len(facts) :] == facts
        stored = found.in_store(bank.dsn, entity)
        assert {key: stored.get(key) for key in wanted.rows(entity)} == wanted.rows(entity)


@pytest.mark.soak
def test_an_entity_topic_made_anew_is_read_from_its_beginning(bank: Bank) -> None:
    """Lake and store take the new topic's events as well; sequences, not offsets, tell what is newer."""
    messages = bank_messages(150, 100, 300, seed=8)
    half = len(messages) // 2
    bank("topics")
    send(bank.bootstrap, messages[:half])
    bank("run", "--until-caught-up")
    before = found.in_lake(bank.lake, "individual")

    run = bank.start_reading()
    delete(bank.bootstrap, "individual")
    wait_for(
        lambda: "individual" in bank.trouble("lake") and "individual" in bank.trouble("store"), "both say so"
    )
    make_again(bank.bootstrap, "individual", 3)
    send(bank.bootstrap, messages[half:])
    wait_for(lambda: not any(bank.trouble(name) for name in bank.PIPELINES), "all go on")
    assert run.stop() == 0, run.text()
    bank("run", "--until-caught-up")

    wanted = outcome(found.raw_messages(bank.bootstrap))
    _, placed = found.published(bank.bootstrap, "individual")
    assert sorted([*before, *placed]) == sorted(found.in_lake(bank.lake, "individual"))
    for entity in ("individual", "customer", "account"):
        assert found.in_store(bank.dsn, entity) == wanted.rows(entity)
