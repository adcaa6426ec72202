"""What a model says about the data that it should have: tests of fields, of entities, of whole queries.

Described here, carried out elsewhere, on the lake or on the store. Nothing here refuses a record.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, Literal, TypeAlias, TypeVar

from franca.errors import DefinitionError
from franca.model.entity import Entity

Severity: TypeAlias = Literal["error", "warn"]
Number: TypeAlias = int | float

E = TypeVar("E", bound=Entity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How bad failing rows are.

    More than `allow` of them are what `severity` says; more than `warn_above` are a warning. A whole number
    counts rows; a fraction below 1 is a share of the entity's rows.
    """

    severity: Severity = "error"
    allow: Number = 0
    warn_above: Number | None = None

    def __post_init__(self) -> None:
        if self.severity not in ("error", "warn"):
            raise DefinitionError.one("severity", f"got {self.severity!r}", "expected 'error' or 'warn'")
        for name, value in (("allow", self.allow), ("warn_above", self.warn_above)):
            is_wrong = isinstance(value, bool) or not isinstance(value, int | float | None)
            if is_wrong or (value is not None and not 0 <= value < float("inf")):
                raise DefinitionError.one(
                    name, f"got {value!r}", "expected a number of rows, or a share below 1"
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldTest(Limits):
    """A test of one field. `where` is a condition in SQL on the entity's rows; others are not looked at."""

    where: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unique(FieldTest):
    """`Annotated[str, Unique()]`: no two rows have the same value, nulls apart. Keys have it anyway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotNull(FieldTest):
    """`Annotated[date | None, NotNull(allow=0.05)]`: the field is filled. Fields without `| None` have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relationship(FieldTest):
    """`Annotated[str, Link(Individual), Relationship(severity="warn")]`: the link's target exists.

    Links have it anyway; said, it sets the limits.
    """


@dataclass(frozen=True, slots=True, init=False)
class Accepted(FieldTest):
    """`Annotated[str, Accepted("CH", "DE")]`: the field is null or has one of these values.

    An enumeration has it anyway; without values it sets the limits.
    """

    values: tuple[object, ...]

    def __init__(
        self,
        *values: object,
        severity: Severity = "error",
        allow: Number = 0,
        warn_above: Number | None = None,
        where: str = "",
    ) -> None:
        FieldTest.__init__(self, severity=severity, allow=allow, warn_above=warn_above, where=where)
        object.__setattr__(self, "values", values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness(Limits):
    """That an entity's newest change is not older than `within`; see `freshness`."""

    entity: type[Entity]
    within: timedelta
    warn_after: timedelta | None = None
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailingRows(Limits):
    """That a query finds nothing; see `failing_rows`."""

    sql: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation(Limits, Generic[E]):
    """That a function says true of each row; see `expects`."""

    entity: type[E]
    check: Callable[[E], bool]
    name: str = ""

    def __call__(self, row: E) -> bool:
        """Return what the function says of one row, so that a unit test can ask it."""
        return self.check(row)


DataTest: TypeAlias = Freshness | FailingRows | Expectation[Any]


def freshness(
    entity: type[Entity],
    *,
    within: timedelta,
    warn_after: timedelta | None = None,
    severity: Severity = "error",
    name: str = "",
) -> Freshness:
    """Return the test that an entity's newest change is not older than that.

    Bind it to a name: `fresh = freshness(Individual, within=timedelta(hours=1))`. `warn_after` warns earlier.
    The time is when the source committed the change. Raises DefinitionError.
    """
    for told in (within, warn_after):
        if told is not None and told <= timedelta(0):
            raise DefinitionError.one("freshness", f"got {told!r}", "expected a time span above nought")
    return Freshness(entity=entity, within=within, warn_after=warn_after, severity=severity, name=name)


def failing_rows(
    sql: str,
    *,
    severity: Severity = "error",
    allow: int = 0,
    warn_above: int | None = None,
    name: str = "",
) -> FailingRows:
    """Return the test that a query finds nothing.

    Bind it to a name: `nameless = failing_rows("select id from individual where name = ''")`. The SQL is
    DuckDB's, each entity a table of its current rows; on the store it is translated to PostgreSQL's.
    """
    return FailingRows(sql=sql, severity=severity, allow=allow, warn_above=warn_above, name=name)


def expects(
    entity: type[E],
    *,
    severity: Severity = "error",
    allow: Number = 0,
    warn_above: Number | None = None,
    name: str = "",
) -> Callable[[Callable[[E], bool]], Expectation[E]]:
    """Make a function of a row a test: `@expects(Individual)` above `def is_adult(row: Individual) -> bool`.

    It is called with every current row, as an object of the class; rows of which it says false fail.
    """

    def make(check: Callable[[E], bool]) -> Expectation[E]:
        return Expectation(
            entity=entity,
            check=check,
            severity=severity,
            allow=allow,
            warn_above=warn_above,
            name=name,
        )

    return make
