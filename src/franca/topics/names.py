"""The names of topics and groups, built here only; docs/architecture.md has the table."""

import re
from collections.abc import Iterable

from franca.model.shape import Shape

CONTRACTS = "franca.contracts"
"""Holds the newest contract of each version of an entity, under what events have as `dataschema`."""

CONTROL_TOPIC = "franca.control"
"""Where it stands which pipelines are paused, for all workers of a cluster; compacted."""

_SPECIAL = re.compile(r"[^a-zA-Z0-9_*-]")
_BACKFILL = "backfill."


def expression(pattern: str) -> str:
    r"""Return the regular expression of a topic's name or pattern, in which `*` is any characters.

    Librdkafka's expressions know fewer escapes than Python's, so only what needs one gets one.

    >>> print(expression("legacy.*.cust-2"))
    legacy\..*\.cust-2
    """
    return _SPECIAL.sub(r"\\\g<0>", pattern).replace("*", ".*")


def fits(pattern: str, topic: str) -> bool:
    """Return whether a topic has the name, or fits the pattern.

    >>> fits("legacy.*.cust", "legacy.zurich.cust")
    True
    """
    return re.fullmatch(expression(pattern), topic) is not None


def subscription(topics: Iterable[str]) -> list[str]:
    r"""Return the topics as librdkafka wants them: a pattern becomes an anchored expression.

    >>> subscription(["raw.crm.cust", "legacy.*.cust"])
    ['raw.crm.cust', '^legacy\\..*\\.cust$']
    """
    return [f"^{expression(topic)}$" if "*" in topic else topic for topic in topics]


def raw_topic(application: str, table: Shape, told: str = "") -> str:
    """Return the topic of a table's raw messages, possibly a pattern.

    What settings tell comes before the class's, that before the default.
    """
    return told or table.topic or f"raw.{application}.{table.name}"


def backfill_topic(table: str, digest: str) -> str:
    """Return what a snapshot has for the topic of its rows; the table is given as `application.table`.

    The digest, 16 hexadecimal digits, is that of its content.
    """
    return f"{_BACKFILL}{table}.{digest}"


def is_backfilled(topic: str) -> bool:
    """Return whether what stands for a topic, or for its id, is a snapshot that was backfilled."""
    return topic.startswith(_BACKFILL)


def backfilled_table(application: str, topic: str) -> str:
    """Return the table of whose snapshot that is the name, empty for a topic of Kafka's.

    >>> backfilled_table("crm", "backfill.crm.cust.42934f4955887473"), backfilled_table("crm", "raw.crm.cust")
    ('cust', '')
    """
    found = re.fullmatch(rf"backfill\.{re.escape(application)}\.(.+)\.[0-9a-f]{{16}}", topic)
    return found[1] if found else ""


def entity_topic(shape: Shape) -> str:
    """Return the topic of an entity's events."""
    return versioned_topic(shape.entity, shape.version)


def versioned_topic(entity: str, version: int) -> str:
    """Return the topic of a version of an entity: its name, with the version from the second on.

    A dot before the version, as between the parts of every other topic.

    >>> versioned_topic("individual", 1), versioned_topic("individual", 2)
    ('individual', 'individual.v2')
    """
    return entity if version == 1 else f"{entity}.v{version}"


def dead_letter_topic(application: str) -> str:
    """Return the topic where an application's bad records are parked."""
    return f"{application}.dead-letters"


def rows_topic(application: str, table: str) -> str:
    """Return the topic where a table's rows are remembered."""
    return f"{application}.{table}.rows"


def consumer_group(pipeline: str) -> str:
    """Return the consumer group of a pipeline."""
    return f"franca.{pipeline}"


def lineage(application: str, table: str) -> str:
    """Return the `source` of the events that one application's table gives."""
    return f"{application}/{table}"
