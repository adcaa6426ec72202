"""Reads the newest event of each key from the entities' topics."""

from collections.abc import Collection

from franca.config.schema_registry import TopicForm
from franca.config.telling import Tell
from franca.errors import WriteError
from franca.lake.states import STANDING, State, States
from franca.sources.extract import Places, extract
from franca.topics.admin import ends
from franca.topics.cluster import Cluster
from franca.topics.event_mark import read_mark

_MANY = 50_000


def read_standing(
    states: States, cluster: Cluster, topics: Collection[str], form: TopicForm, tell: Tell
) -> Places:
    """Add what stands on some topics, and return up to where they were read.

    Events that franca can't rank are left alone. Raises UnavailableError.
    """
    tops: Places = {}
    total = sum(ends(cluster.admin(), set(topics)).values())
    for number, record in enumerate(form.records(extract(cluster, sorted(topics), tops))):
        if number % _MANY == 0:
            tell("reading what stands", number, total)
        if record.value is None:
            continue
        try:
            mark = read_mark(record.value)
            sequence, version = mark.rank
        except WriteError:
            continue
        state = State(sequence.encode(), version, False, mark.is_delete, record.value)
        states.add(STANDING, record.topic, record.key or b"", state)
    return tops
