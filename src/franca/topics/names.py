"""The names of topics and groups, built here only; docs/architecture.md has the table."""

import re


def fits(pattern: str, topic: str) -> bool:
    """Return whether a topic has the name, or fits the pattern, in which `*` is any characters.

    >>> fits("legacy.*.cust", "legacy.zurich.cust")
    True
    """
    return re.fullmatch(".*".join(re.escape(part) for part in pattern.split("*")), topic) is not None


def raw_topic(application: str, table: str) -> str:
    """Return the topic of a table's raw messages where the table declares none."""
    return f"raw.{application}.{table}"


def dead_letter_topic(application: str) -> str:
    """Return the topic where an application's bad records are parked."""
    return f"{application}.dead-letters"


def consumer_group(pipeline: str) -> str:
    """Return the consumer group of a pipeline."""
    return f"franca.{pipeline}"


def lineage(application: str, table: str) -> str:
    """Return the `source` of the events that one application's table gives."""
    return f"{application}/{table}"
