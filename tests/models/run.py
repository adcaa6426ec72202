"""Runs random models one by one, and cuts down the ones whose views are not what they should be."""

import random
import time
import traceback
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

import psycopg
from psycopg import sql

from franca.errors import DefinitionError
from franca.views.render import DIALECTS
from tests.models.check import Checked, WrongError
from tests.models.generator import Models
from tests.models.plans import Plan

MINIMISING_SECONDS = 60.0


class Failure(NamedTuple):
    """A plan whose views are wrong, where, the trace, and the dialect in which they were read again."""

    plan: Plan
    place: str
    trace: str
    dialect: str


@dataclass
class Done:
    """What became of some models: how many views of each kind there were, and why models were refused."""

    views: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)


def one(seed: int, number: int, dsn: str, done: Done) -> list[Failure]:
    """Run one model of a seed; every fourth's views are made a second time, and read in some dialect."""
    models = Models(random.Random(f"{seed}/{number}"))  # nothing is secret
    plan = models.plan()
    try:
        classes = plan.classes()
    except DefinitionError as error:
        done.refused.update(problem.reason for problem in error.problems)
        return []
    plan = models.with_events(plan, classes)
    dialect = "" if number % 4 else DIALECTS[number // 4 % len(DIALECTS)]
    return attempt(plan, dsn, dialect, done.views)


def attempt(plan: Plan, dsn: str, dialect: str = "", seen: "Counter[str] | None" = None) -> list[Failure]:
    """Carry a plan out; return its failure, none where all is well."""
    schema = f"s{uuid.uuid4().hex}"
    try:
        checked = Checked(plan, plan.classes())
        if seen is not None:
            seen.update(view.kind for view in checked.views)
        checked.names()
        checked.lake()
        checked.store(dsn, schema)
        if dialect:
            checked.stored_again(dsn, schema)
            checked.dialect(dialect)
    except Exception as error:  # noqa: BLE001  # whatever it is, it is what was looked for
        return [Failure(plan, _place(error), traceback.format_exc(), dialect)]
    finally:
        _drop(dsn, schema)
    return []


def minimised(failure: Failure, dsn: str, until: float | None = None) -> Failure:
    """Return the least failure of its kind that is found in some seconds."""
    until = until or time.monotonic() + MINIMISING_SECONDS
    for plan in failure.plan.smaller():
        if time.monotonic() > until:
            return failure
        try:
            plan.classes()
        except DefinitionError:
            continue
        found = attempt(plan, dsn, failure.dialect)
        if found and found[0].place == failure.place:
            return minimised(found[0], dsn, until)
    return failure


def _drop(dsn: str, schema: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("SET client_min_messages = warning")
        connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema)))


def _place(error: Exception) -> str:
    """Return what tells kinds of failures apart."""
    if isinstance(error, WrongError):
        return error.place
    text = str(error).partition("\n")[0]
    return f"{type(error).__name__}: {''.join(each for each in text if not each.isdigit())[:50]}"
