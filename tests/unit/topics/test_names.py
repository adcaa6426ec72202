"""The names of topics: what a pattern matches, whoever asks."""

import re

import pytest

from franca.topics import names
from franca.topics.names import fits, subscription

PATTERN = "legacy-1.*.cu_st"


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        ("legacy-1.zurich.cu_st", True),
        ("legacy-1..cu_st", True),
        ("legacy-1.a.b.cu_st", True),
        ("legacy-1zurich.cu_st", False),
        ("legacy-1.zurich.cu_st2", False),
        ("xlegacy-1.zurich.cu_st", False),
    ],
)
def test_a_pattern_matches_the_same_topics_here_and_in_kafka(topic: str, expected: bool) -> None:
    """`*` is any characters, everything else is itself, and nothing may stand around it."""
    assert fits(PATTERN, topic) is expected
    assert (re.search(subscription([PATTERN])[0], topic) is not None) is expected


@pytest.mark.parametrize("name", ["a+b.*", "(a.*", "a[.*", "a|b.*", "a\\.*", "^$.*"])
def test_what_means_something_in_an_expression_is_itself_in_a_name(name: str) -> None:
    """A name that Kafka would refuse is no other topic's pattern."""
    topic = name.replace("*", "b")
    assert fits(name, topic)
    assert re.search(subscription([name])[0], topic)
    assert not fits(name, "ab.b")


def test_only_what_needs_an_escape_gets_one() -> None:
    """The Kafka client has expressions of its own, in which a hyphen needs no escape and gets none."""
    assert subscription(["a-1_b.*", "raw.crm.cust"]) == [r"^a-1_b\..*$", "raw.crm.cust"]


def test_names_follow_from_what_they_stand_for() -> None:
    """Rights are given by these names."""
    assert names.dead_letter_topic("crm") == "crm.dead-letters"
    assert names.consumer_group("crm.on-ramp") == "franca.crm.on-ramp"
    assert names.lineage("crm", "cust") == "crm/cust"
