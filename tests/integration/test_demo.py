"""The demo as a stranger runs it, small: it ends well, and only where every stage agrees."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from franca.local.reconcile import EntityCount
from franca.trust.digest import Digest
from tests.integration.whole.expected import Raw, outcome
from tests.integration.whole.legacy import bank_messages

pytestmark = [pytest.mark.services, pytest.mark.slow]

SIZE = {"customers": 300, "accounts": 200, "changes": 900}
SAME = Digest(5, "abc")
GOOD = EntityCount("customer", 9, 8, 9, 7, 1, SAME, SAME, SAME)


def test_the_demo_counts_what_a_recomputation_counts(tmp_path: Path) -> None:
    """Messages, events, dead letters and rows are those of the bank's rules, written once more by hand."""
    options = [part for name, number in SIZE.items() for part in (f"--{name}", str(number))]
    done = subprocess.run(
        [sys.executable, "-m", "franca", "demo", "--json", *options],
        cwd=tmp_path, capture_output=True, text=True, timeout=280, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    told = json.loads(done.stdout)
    assert told["agree"] is True
    counts = {count["entity"]: count for count in told["entities"]}
    messages = bank_messages(SIZE["customers"], SIZE["accounts"], SIZE["changes"])
    wanted = outcome(Raw(topic, 0, at, key, value) for at, (topic, key, value) in enumerate(messages))
    assert counts.keys() == wanted.facts.keys()
    for entity, count in counts.items():
        facts = [fact for some in wanted.facts[entity].values() for fact in some if fact.id]
        assert count["events"] == len(facts)
        assert count["store"]["count"] == count["lake"]["count"] == len(wanted.rows(entity))


@pytest.mark.parametrize(
    "wrong",
    [{"raw": 8}, {"events": 6}, {"dead": 2}, {"lake": Digest(5, "xyz")}, {"store": Digest(4, "abc")}],
)
def test_a_stage_that_lost_or_doubled_something_disagrees(wrong: dict[str, object]) -> None:
    """One number or hash that differs is enough."""
    assert GOOD.agrees
    assert not replace(GOOD, **wrong).agrees  # type: ignore[arg-type]  # each fits its field
