"""The names of pipelines, and those of their workers in consumer groups."""

import hashlib
from collections.abc import Sequence

from franca.mapping.application import Application

ARCHIVE, ON_RAMP, LAKE, STORE = "archive", "on-ramp", "lake", "store"


def pipelines_of(applications: Sequence[Application]) -> list[str]:
    """Return the names of all pipelines, upstream first; an application without mappings has none."""
    own = [f"{a.name}.{kind}" for a in applications if a.mappings for kind in (ARCHIVE, ON_RAMP)]
    return [*own, LAKE, STORE] if own else []


def member_of(worker: str, topics: Sequence[str]) -> str:
    """Return the name of a worker in its group: one that subscribes to other topics is another member.

    A group that is settled gives a returning member what it had, whatever it subscribes to by now.
    """
    return f"{worker}.{hashlib.sha256(' '.join(topics).encode()).hexdigest()[:8]}"


def worker_of(member: str) -> str:
    """Return the worker that has this name in its group, the name itself where it is nobody of franca's.

    >>> worker_of("stranger")
    'stranger'
    >>> worker_of(member_of("host.12ab.0", ["individual"]))
    'host.12ab.0'
    """
    return member.rpartition(".")[0] or member
