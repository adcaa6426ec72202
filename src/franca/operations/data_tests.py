"""Carries out a project's data tests, on the lake or on the store."""

import fnmatch
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Protocol

import msgspec

from franca.config.endpoints import Endpoints
from franca.config.pipelines import shapes
from franca.config.project import Project
from franca.errors import DefinitionError, UsageError
from franca.model.shape import Shape
from franca.model.tests import Expectation, Freshness
from franca.trust.checks import Check, checks_of, for_store
from franca.trust.outcome import Outcome, Status, judged, named
from franca.trust.veil import Veil

Row = dict[str, Any]
KEPT_ROWS = 10_000
"""So many failing rows of a test are kept, at most."""


class Answer(Protocol):
    """The answer to a query."""

    @property
    def columns(self) -> list[str]:
        """The columns' names."""

    @property
    def rows(self) -> Iterator[tuple[Any, ...]]:
        """The rows, to be read once."""


class Place(Protocol):
    """Where rows are asked for: the lake, or the store."""

    def query(self, sql: str) -> Answer:
        """Return the answer, to be read before the next question.

        Raises DefinitionError where the SQL is wrong, UnavailableError.
        """


class Wish(msgspec.Struct, frozen=True):
    """Which tests are wanted, and how their failing rows are shown."""

    selected: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    samples: int = 5
    reveal: bool = False


def chosen(project: Project, wish: Wish) -> list[Check]:
    """Return the tests that are wanted, in the order of the model. Raises UsageError where there are none.

    A word takes the tests of that name, entity or `entity.field`, with `*` for any characters; `kind:unique`
    and `severity:warn` take those.
    """
    checks = checks_of(shapes(project), project.entities, project.tests)
    for word in (*wish.selected, *wish.excluded):
        if not any(_fits(check, word) for check in checks):
            there = ", ".join(check.name for check in checks) or "none"
            raise UsageError.one(word, f"no such data test, the project has: {there}", "check the name")
    return [
        check
        for check in checks
        if (not wish.selected or any(_fits(check, word) for word in wish.selected))
        and not any(_fits(check, word) for word in wish.excluded)
    ]


def _fits(check: Check, word: str) -> bool:
    kind, colon, value = word.partition(":")
    if colon and kind in ("kind", "severity"):
        return value == (check.kind if kind == "kind" else check.limits.severity)
    entity = check.entity.name if check.entity else ""
    return any(fnmatch.fnmatchcase(name, word) for name in (check.name, entity, f"{entity}.{check.field}"))


@contextmanager
def place_of(project: Project, places: Endpoints, checks: Sequence[Check], *, store: bool) -> Iterator[Place]:
    """Give the store, or the lake in which what several tests ask for is worked out once."""
    if store:
        from franca.views.store import open_store  # in an extra

        with open_store(places.dsn, project.settings.store.schema) as rows:
            yield rows
        return
    from franca.views.lake import open_lake  # in an extra, and slow to load

    with open_lake(places.lake_url, shapes(project), places.lake_options) as lake:
        asked = Counter(check.entity.name for check in checks if check.entity and check.sql)
        for name in (name for name, count in asked.items() if count > 1):
            lake.hold(name)
        yield lake


class DataTests:
    """The tests of a project at one place. `failures` holds the failing rows of those carried out."""

    def __init__(self, project: Project, place: Place, wish: Wish, *, store: bool) -> None:
        self._place = place
        self._wish = wish
        self._is_store = store
        self._veil = Veil(shapes(project))
        self._counts: dict[str, int] = {}
        self.failures: dict[str, list[Row]] = {}

    def carry_out(self, check: Check, *, keep: bool = False) -> Outcome:
        """Return what came of a test; with `keep` its failing rows are kept. Raises UnavailableError."""
        began = time.monotonic()
        if check.missing:
            return Outcome(check.name, check.kind, "skipped", reason=check.missing)
        try:
            if isinstance(check.test, Freshness):
                outcome = self._fresh(check, check.test)
            else:
                outcome = self._searched(check, KEPT_ROWS if keep else self._wish.samples)
        except DefinitionError as error:
            reason = " ".join("; ".join(str(problem) for problem in error.problems).split())
            outcome = Outcome(check.name, check.kind, "error", reason=f"can't be carried out: {reason}")
        return msgspec.structs.replace(outcome, seconds=round(time.monotonic() - began, 3))

    def _searched(self, check: Check, most: int) -> Outcome:
        """Look for failing rows, by a query or by a function of each row."""
        reason, has_raised = "", False
        if isinstance(check.test, Expectation):
            failing, rows, reason, has_raised = self._expected(check, check.test, most)
        else:
            sql = f"SELECT count(*) FROM (\n{check.sql}\n) AS failing"  # noqa: S608 - the model's own
            failing = int(next(self._ask(sql).rows)[0])
            rows = self._rows(f"SELECT * FROM (\n{check.sql}\n) AS failing LIMIT {most}") if failing else []  # noqa: S608 - as above
        total = self._count(check.entity) if failing and check.entity else None
        status = "error" if has_raised else judged(check.limits, failing, total or 0)
        if failing and rows:
            self.failures[check.name] = rows
        own = check.sql if check.entity is None else ""
        shown = [
            row if self._wish.reveal else self._veil.over(row, own) for row in rows[: self._wish.samples]
        ]
        return Outcome(check.name, check.kind, status, failing, total, reason, 0.0, shown)

    def _expected(
        self, check: Check, test: "Expectation[Any]", most: int
    ) -> tuple[int, list[Row], str, bool]:
        """Ask a function about each row; what is no object of the model fails as well, and is told.

        Return how many failed, some of them, the reason, and whether the function raised something.
        """
        answer, rows = self._ask(check.sql), list[Row]()
        failing = strange = 0
        reason = ""
        for values in answer.rows:
            row = named(answer.columns, values)
            try:
                is_good = test.check(msgspec.convert(row, test.entity))
            except msgspec.ValidationError as error:
                is_good, strange = False, strange + 1
                where = str(error).rpartition(" - at ")[2].strip("`").removeprefix("$.")
                reason = f"{strange:,} of them are no {test.entity.__name__}, the last one at {where!r}"
            except Exception as error:  # noqa: BLE001 - a user's function may fail in any way
                told = f"the function raised {type(error).__name__}"
                return failing + 1, [*rows, row][:most], told, True
            if not is_good:
                failing += 1
                if len(rows) < most:
                    rows.append(row)
        return failing, rows, reason, False

    def _fresh(self, check: Check, test: Freshness) -> Outcome:
        assert check.entity is not None
        table = check.entity.name if self._is_store else f"{check.entity.name}_events"
        newest = next(self._ask(f'SELECT max("_changed_at") FROM "{table}"').rows)[0]  # noqa: S608 - as above
        status: Status = "pass"
        if newest is None:
            return Outcome(check.name, check.kind, test.severity, 1, None, "there is no event yet")
        age, limit = datetime.now(UTC) - newest, test.within
        if age > test.within:
            status = test.severity
        elif test.warn_after is not None and age > test.warn_after:
            status, limit = "warn", test.warn_after
        reason = f"the newest change is {_span(age)} old, allowed are {_span(limit)}"
        return Outcome(check.name, check.kind, status, int(status != "pass"), None, reason)

    def _count(self, shape: Shape) -> int:
        if shape.name not in self._counts:
            found = self._ask(f'SELECT count(*) FROM "{shape.name}"').rows  # noqa: S608 - as above
            self._counts[shape.name] = int(next(found)[0])
        return self._counts[shape.name]

    def _rows(self, sql: str) -> list[Row]:
        answer = self._ask(sql)
        return [named(answer.columns, row) for row in islice(answer.rows, KEPT_ROWS)]

    def _ask(self, sql: str) -> Answer:
        return self._place.query(for_store(sql) if self._is_store else sql)


def _span(span: timedelta) -> str:
    """Return a time span for people.

    >>> _span(timedelta(days=2, hours=3, seconds=4)), _span(timedelta(seconds=61.5)), _span(timedelta(days=1))
    ('2 days, 3:00:04', '0:01:01', '1 day')
    """
    return str(timedelta(seconds=int(span.total_seconds()))).removesuffix(", 0:00:00")


def counts_by_status(outcomes: Sequence[Outcome]) -> Mapping[str, int]:
    """Return how many tests ended how."""
    return Counter(outcome.status for outcome in outcomes)
