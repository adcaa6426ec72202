"""Spark's own ways to say what a select says in DuckDB's.

For a session in UTC, without ANSI's errors (what fails is null, as TRY has it) and without loss of decimals'
places: see `SETTINGS`. Spark 3.5 has no type for a time of day: such words and fields are refused.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlglot import exp

from franca.errors import DefinitionError, Problem
from franca.mapping.sql.scope import Translate
from franca.model.field import Field
from franca.model.kind import Kind
from franca.model.shape import Shape

CALENDAR = {
    f"spark.sql.parquet.{kind}RebaseModeIn{way}": "CORRECTED"
    for kind in ("datetime", "int96")
    for way in ("Read", "Write")
}
"""Days before 1582 and moments before 1900 are as they stand, which Spark 3.5 refuses unless it is told."""

SETTINGS = {
    "spark.sql.ansi.enabled": "false",
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    "spark.sql.legacy.decimal.retainFractionDigitsOnTruncate": "true",
    "spark.sql.legacy.sizeOfNull": "false",  # else it is -1
    "spark.sql.parquet.inferTimestampNTZ.enabled": "true",  # else what has no zone is in UTC
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",  # Spark's own, INT96, has no zone
    "spark.sql.parser.escapedStringLiterals": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.variable.substitute": "false",
    **CALENDAR,
}
"""The settings under which the SQL means what it says."""

REFUSED = frozenset({"time_of"})
LOCAL = "local"
"""The mark, among the meta data of `AT TIME ZONE`, that it makes local time of a moment."""
PLACES = "places"
"""The mark of a cast that writes a decimal, with its places: Spark's own cast may write an exponent."""
EXACT = "exact"
"""The mark of a decimal's opposite or absolute value, of which Spark's own keep the first 34 digits."""
_UUID = "uuid"
"""The mark of a text that stands for an identifier: its letters are small."""

_BOUNDARY = "(?:(?<=[0-9A-Za-z_])(?![0-9A-Za-z_])|(?<![0-9A-Za-z_])(?=[0-9A-Za-z_]))"
r"""What `\b` means elsewhere: Java's knows all languages' letters. No class of a portable pattern has one."""

_ESCAPED = re.compile(r"\\.", re.DOTALL)

_WIDE = exp.DataType.build("DECIMAL(38, 0)")
_TEXT = exp.DataType.build("TEXT")


def words_of(words: Mapping[str, Translate]) -> Mapping[str, Translate]:
    """Return the words that Spark can say."""
    return {name: translate for name, translate in words.items() if name not in REFUSED}


def require_types(shape: Shape) -> None:
    """Refuse an entity with a field whose type Spark does not have. Raises DefinitionError."""
    problems = [
        Problem(path, "is a time of day, which spark has no type for", "leave this mapping to the stream")
        for field in shape.fields
        for path in _times(field, field.name)
    ]
    if problems:
        raise DefinitionError(problems)


def _times(field: Field, path: str) -> Iterator[str]:
    """Yield the paths of the times of day in a field, nested ones too."""
    if field.kind is Kind.TIME:
        yield path
    if field.item is not None:
        yield from _times(field.item, f"{path}[]")
    for part in field.fields:
        yield from _times(part, f"{path}.{part.name}")


def as_spark(tree: exp.Expr) -> exp.Expr:
    """Return the tree as Spark has it; it is changed in place, what is within before what is around."""
    for node in reversed(list(tree.walk())):
        said = _said(node)
        if said is not node:
            node.replace(said)
    return tree


def _said(node: exp.Expr) -> exp.Expr:
    say = _SAID.get(type(node))
    return node if say is None else say(node)


def _typed(node: exp.DataType) -> exp.DataType:
    if node.this is exp.DataType.Type.INT128:
        return _WIDE.copy()
    if node.this is not exp.DataType.Type.UUID:
        return node
    made = _TEXT.copy()
    made.meta[_UUID] = True
    return made


def _zoned(node: exp.AtTimeZone) -> exp.Expr:
    """Local time is a moment in UTC here."""
    zone = node.args["zone"]
    value: exp.Expr = node.this
    if zone.name == "UTC":
        return value
    name = "FROM_UTC_TIMESTAMP" if node.meta.get(LOCAL) else "TO_UTC_TIMESTAMP"
    return exp.Anonymous(this=name, expressions=[value, zone])


def _formatted(node: exp.TimeToStr) -> exp.Expr:
    """Letters of a pattern that mean themselves would mean something else here."""
    pattern = node.args["format"].name
    if pattern == "%j":
        day = exp.Cast(this=exp.DayOfYear(this=node.this), to=_TEXT.copy())
        return exp.Pad(
            this=day,
            expression=exp.Literal.number(3),
            fill_pattern=exp.Literal.string("0"),
            is_left=True,
        )
    if "T" not in pattern:
        return node
    parts = [
        exp.TimeToStr(this=node.this.copy(), format=exp.Literal.string("%Y-%m-%d")),
        exp.Literal.string("T"),
        exp.TimeToStr(this=node.this.copy(), format=exp.Literal.string("%H:%M:%S.%f")),
        exp.Literal.string("Z"),
    ]
    return exp.Concat(expressions=parts, safe=False, coalesce=False)


def _quotient(node: exp.IntDiv) -> exp.Expr:
    """Spark's DIV wraps around; what is divided leaves no rest, so a decimal quotient is exact."""
    divided = exp.Div(this=node.this, expression=node.expression, typed=True, safe=True)
    return exp.Cast(this=exp.Paren(this=divided), to=_WIDE.copy())


def _without_sign(node: "exp.Neg | exp.Abs") -> exp.Expr:
    """Return what is left of nought without a decimal: its opposite; or that of a negative one."""
    if not node.meta.get(EXACT):
        return node
    nought = exp.Literal.number(0)
    opposite = exp.Paren(this=exp.Sub(this=nought, expression=node.this.copy()))
    if isinstance(node, exp.Neg):
        return opposite
    negative = exp.LT(this=node.this.copy(), expression=nought.copy())
    return exp.case().when(negative, opposite).else_(node.this.copy())


def _matched(node: exp.RegexpFullMatch) -> exp.Expr:
    whole = exp.Literal.string(f"^(?:{_pattern(node)})\\z")
    return exp.RegexpLike(this=node.this, expression=whole)


def _searched(node: "exp.RegexpLike | exp.RegexpExtract") -> exp.Expr:
    node.set("expression", exp.Literal.string(_pattern(node)))
    return node


def _pattern(node: exp.Expr) -> str:
    """Return the pattern of a function as Java has it."""
    pattern = str(node.expression.name)
    return _ESCAPED.sub(lambda found: _BOUNDARY if found[0] == r"\b" else found[0], pattern)


def _split(node: exp.Split) -> exp.Expr:
    """Spark splits by a pattern; a quotation in it could end within the text."""
    pattern = "".join(rf"\x{{{ord(each):x}}}" for each in node.expression.name)
    return exp.Anonymous(this="SPLIT", expressions=[node.this, exp.Literal.string(pattern)])


def _later(node: exp.DateAdd) -> exp.Expr:
    node.set("expression", exp.Cast(this=node.expression, to=exp.DataType.build("INT")))
    return node


def _cast(node: exp.Cast) -> exp.Expr:
    if _UUID in node.to.meta:
        node.to.meta.clear()
        return exp.Lower(this=node.copy())
    if PLACES not in node.meta:
        return node
    places = exp.Literal.number(node.meta[PLACES])
    shown = exp.Anonymous(this="FORMAT_NUMBER", expressions=[node.this, places])
    return exp.Replace(this=shown, expression=exp.Literal.string(","), replacement=exp.Literal.string(""))


def _named(node: exp.Anonymous) -> exp.Expr:
    match str(node.this).upper():
        case "TRY":
            return exp.Paren(this=node.expressions[0])
        case "MAKE_TIMESTAMP":
            return exp.Anonymous(this="TIMESTAMP_MICROS", expressions=node.expressions)
        case "ROUND_EVEN":
            return exp.Anonymous(this="BROUND", expressions=node.expressions)
        case "ISFINITE":
            limit = exp.Cast(this=exp.Literal.string("Infinity"), to=exp.DataType.build("DOUBLE"))
            return exp.Paren(this=exp.LT(this=exp.Abs(this=node.expressions[0]), expression=limit))
    return node


_SAID: dict[type[exp.Expr], Callable[[Any], exp.Expr]] = {
    exp.Abs: _without_sign,
    exp.Anonymous: _named,
    exp.AtTimeZone: _zoned,
    exp.Cast: _cast,
    exp.DataType: _typed,
    exp.DateAdd: _later,
    exp.IntDiv: _quotient,
    exp.Neg: _without_sign,
    exp.RegexpExtract: _searched,
    exp.RegexpFullMatch: _matched,
    exp.RegexpLike: _searched,
    exp.Split: _split,
    exp.TimeToStr: _formatted,
    exp.TryCast: _cast,
}
