"""The data tests of a model as queries for failing rows: those that follow from it, and those it declares.

Pure: the SQL is DuckDB's; `for_store` translates it to PostgreSQL's.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from franca.errors import DefinitionError
from franca.model.entity import Entity
from franca.model.field import Field
from franca.model.link_condition import as_text, choice_condition, key_text, link_condition
from franca.model.literals import literal
from franca.model.shape import Shape, link_targets, shape_of
from franca.model.tests import (
    Accepted,
    DataTest,
    Expectation,
    FailingRows,
    FieldTest,
    Freshness,
    Limits,
    NotNull,
    Relationship,
    Unique,
)

T = TypeVar("T", bound=FieldTest)


@dataclass(frozen=True, slots=True)
class Check:
    """One test, ready to be carried out. `sql` finds the failing rows; it is empty where the test has none.

    `entity` is the shape it is about, None for a query over any. `missing` says why it can't be carried out.
    """

    name: str
    kind: str
    limits: Limits
    entity: Shape | None = None
    field: str = ""
    sql: str = ""
    test: DataTest | None = None
    missing: str = ""


def checks_of(
    shapes: Sequence[Shape], entities: Sequence[type[Entity]], declared: Mapping[str, DataTest]
) -> list[Check]:
    """Return the tests of these shapes and the declared ones by their names; `entities` are link targets."""
    known = {shape.name for shape in shapes}
    found = [check for shape in shapes for check in _of_shape(shape, entities, known)]
    return [*found, *(_declared(name, test, known) for name, test in declared.items())]


def for_store(sql: str) -> str:
    """Return a query in PostgreSQL's SQL. Raises DefinitionError for what is no SQL."""
    import sqlglot  # slow to load

    try:
        found = [each.transform(_json_items) for each in sqlglot.parse(sql, read="duckdb") if each]
    except sqlglot.errors.SqlglotError as error:
        raise DefinitionError.one("query", str(error).split("\n")[0], "mend the SQL") from error
    if len(found) != 1:
        raise DefinitionError.one("query", f"got {len(found)} statements, expected one", "ask one question")
    translated: str = found[0].sql(dialect="postgres")
    return translated


def _json_items(node: Any) -> Any:
    """Return what gives the items of a column, each as text: lists are JSON in the store."""
    from sqlglot import exp

    if not isinstance(node, exp.Unnest) or not isinstance(node.expressions[0], exp.Column):
        return node
    items = exp.Anonymous(this="JSONB_ARRAY_ELEMENTS_TEXT", expressions=node.expressions)
    return exp.Table(this=items, alias=node.args.get("alias"))


def _of_shape(shape: Shape, entities: Sequence[type[Entity]], known: set[str]) -> Iterator[Check]:
    yield _unique(shape, shape.keys, Unique())
    for field in shape.fields:
        if not field.nullable or _said(field, NotNull):
            limits = _said(field, NotNull) or NotNull()
            yield _check(shape, field, "not_null", limits, f"{_name(field)} IS NULL")
        if _said(field, Unique):
            yield _unique(shape, [field], _said(field, Unique) or Unique())
        yield from _accepted(shape, field)
        link = _link_of(field)
        if link is not None:
            yield _relationship(shape, field, link, link_targets(link, entities), known)


def _unique(shape: Shape, fields: Sequence[Field], limits: FieldTest) -> Check:
    names = ", ".join(map(_name, fields))
    is_there = " AND ".join(f"{_name(field)} IS NOT NULL" for field in fields)
    condition = f"{is_there} AND ({limits.where})" if limits.where else is_there
    sql = (
        f'SELECT {names}, count(*) AS "_rows" FROM "{shape.name}" WHERE {condition} '  # noqa: S608 - the model checks names
        f"GROUP BY {names} HAVING count(*) > 1"
    )
    field = "+".join(field.name for field in fields)
    return Check(f"{shape.name}.{field}.unique", "unique", limits, shape, field, sql)


def _accepted(shape: Shape, field: Field) -> Iterator[Check]:
    limits = _said(field, Accepted)
    values = limits.values if limits else ()
    if not values and field.enum is not None:
        values = tuple(member.value for member in field.enum)
    if values:
        listed = ", ".join(literal(value, field.kind) for value in values)
        condition = f"{_name(field)} NOT IN ({listed})"
        yield _check(shape, field, "accepted_values", limits or Accepted(), condition)


def _link_of(field: Field) -> Field | None:
    """Return the field that is a link: this one, or what its list holds; None where there is no link."""
    if field.item is None:
        return field if field.link is not None else None
    link = field.link or field.item.link
    return None if link is None else replace(field.item, name=field.name, link=link)


def _relationship(
    shape: Shape, field: Field, link: Field, targets: Mapping[object, type[Entity]], known: set[str]
) -> Check:
    limits = _said(field, Relationship) or Relationship()
    absent = sorted({shape_of(cls).name for cls in targets.values()} - known)
    by = shape.field(link.link.by) if link.link and link.link.by else None
    name, is_item = _name(link), link is not field
    gone = [_dangling(link, shape_of(cls), is_item=is_item) for cls in targets.values()]
    conditions = gone
    if by is not None:
        chosen = zip(targets, gone, strict=True)
        conditions = [f"({choice_condition(by, [value])} AND {each})" for value, each in chosen]
        conditions.append(f's."{by.name}" IS NULL OR NOT ({choice_condition(by, targets)})')
    condition = f"{'e' if is_item else 's'}.{name} IS NOT NULL AND ({' OR '.join(conditions)})"
    if is_item:
        condition = f"EXISTS (SELECT 1 FROM UNNEST(s.{name}) AS e({name}) WHERE {condition})"  # noqa: S608 - as above
    check = _check(shape, field, "relationship", limits, condition)
    return replace(check, missing=f"no mapping gives {', '.join(absent)}" if absent else "")


def _dangling(link: Field, target: Shape, *, is_item: bool) -> str:
    """Return the condition that the link's target is not there; items of lists are compared as texts."""
    same = link_condition(link, target)
    if is_item:
        same = f"{key_text(target, 't')} = {as_text('e', link)}"
    return f'NOT EXISTS (SELECT 1 FROM "{target.name}" AS t WHERE {same})'  # noqa: S608 - as above


def _check(shape: Shape, field: Field, kind: str, limits: FieldTest, condition: str) -> Check:
    names = dict.fromkeys([*(each.name for each in shape.keys), field.name])
    columns = ", ".join(f's."{name}"' for name in names)
    condition = f"({condition}) AND ({limits.where})" if limits.where else condition
    sql = f'SELECT {columns} FROM "{shape.name}" AS s WHERE {condition}'  # noqa: S608 - as above
    return Check(f"{shape.name}.{field.name}.{kind}", kind, limits, shape, field.name, sql)


def _declared(name: str, test: DataTest, known: set[str]) -> Check:
    if isinstance(test, FailingRows):
        return Check(name, "failing_rows", test, sql=test.sql.strip().rstrip(";"), test=test)
    entity: type[Entity] = test.entity
    shape = shape_of(entity)
    kind = "freshness" if isinstance(test, Freshness) else "expectation"
    missing = "" if shape.name in known else f"no mapping gives {shape.name}"
    columns = ", ".join(map(_name, shape.fields))
    sql = f'SELECT {columns} FROM "{shape.name}"' if isinstance(test, Expectation) else ""  # noqa: S608 - as above
    return Check(name, kind, test, shape, sql=sql, test=test, missing=missing)


def _said(field: Field, kind: type[T]) -> T | None:
    return next((test for test in field.tests if isinstance(test, kind)), None)


def _name(field: Field) -> str:
    return f'"{field.name}"'
