"""Casts in SQL: the notation is checked first, since engines' own casts take `1_000`, `0x10` and `1e3`."""

from sqlglot import exp

from franca.mapping.sql.layers import Part
from franca.mapping.sql.literals import data_type, decimal_type, integer, number, text
from franca.mapping.sql.numbers import OUT_OF_RANGE, is_finite
from franca.mapping.sql.scope import Scope, Translate
from franca.mapping.sql.spark import PLACES
from franca.mapping.tree import Call
from franca.model.field import Field
from franca.model.kind import DECIMAL_SCALE, Kind

_TEXT = exp.DataType.build("TEXT")
_BIG = exp.DataType.build("BIGINT")
LONGEST = 80
"""The characters of a number in text; longer text is none."""
WHOLE = "^[+-]?[0-9]{1,18}\\z"
HEXADECIMAL = "^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\\z"


def as_integer(scope: Scope, call: Call) -> Part:
    """A sign and 1 to 18 digits; a decimal comes without places."""
    part = scope.plain(call.args[0])
    cast = exp.TryCast(this=part.value.copy(), to=_BIG.copy(), safe=True)
    if call.args[0].type.kind is not Kind.TEXT:
        return scope.attempted(cast, [part], OUT_OF_RANGE)
    return scope.attempted(_where(part.value, WHOLE, cast), [part], "not-an-integer")


def as_decimal(scope: Scope, call: Call) -> Part:
    """Nothing is cut off: more places than the scale are no number of it."""
    part = scope.plain(call.args[0])
    source, scale = call.args[0].type, integer(call.option("scale"))
    cast = exp.TryCast(this=part.value.copy(), to=data_type(call.type), safe=True)
    if source.kind is Kind.TEXT:
        places = rf"(?:\.[0-9]{{1,{scale}}})?" if scale else ""
        return _read(scope, part, rf"^[+-]?[0-9]+{places}\z", cast)
    if (source.scale or 0) > scale:
        same = exp.EQ(this=cast.copy(), expression=part.value.copy())
        return scope.attempted(exp.case().when(same, cast), [part], OUT_OF_RANGE)
    return scope.attempted(cast, [part], OUT_OF_RANGE)


def _read(scope: Scope, part: Part, notation: str, cast: exp.Expr) -> Part:
    """Return a number read from text: the notation may be wrong, or the number too large."""
    short = exp.LTE(this=exp.Length(this=part.value.copy()), expression=number(LONGEST))
    matching = exp.RegexpLike(this=part.value.copy(), expression=text(notation))
    fits, depth = scope.layers.keep(exp.Paren(this=exp.and_(short, matching)), part.depth)
    wrong = exp.case().when(exp.Not(this=fits.copy()), text("not-a-number"))
    return scope.attempted(exp.case().when(fits, cast), [part], OUT_OF_RANGE, depth, wrong)


def implied(scope: Scope, call: Call) -> Part:
    """Multiplied by a decimal constant, since division would leave the decimals."""
    scale = integer(call.option("scale"))
    part = scope.plain(call.args[0])
    whole: exp.Expr = part.value.copy()
    if call.args[0].type.kind is Kind.TEXT:
        whole = _where(part.value, WHOLE, exp.TryCast(this=whole, to=_BIG.copy(), safe=True))
    digits = exp.Cast(this=whole, to=decimal_type(19, 0))
    unit = exp.Cast(this=text(f"{10**-scale:.{scale}f}"), to=decimal_type(19, scale))
    product = exp.Cast(this=exp.Paren(this=exp.Mul(this=digits, expression=unit)), to=data_type(call.type))
    return scope.attempted(product, [part], "not-a-number")


def floating(scope: Scope, call: Call) -> Part:
    """The nearest float; a decimal goes by its text, since engines divide and so round twice."""
    part = scope.plain(call.args[0])
    value = part.value.copy()
    if call.args[0].type.kind is Kind.DECIMAL:
        value = exp.Cast(this=value, to=_TEXT.copy())
    cast = exp.TryCast(this=value, to=data_type(call.type), safe=True)
    if call.args[0].type.kind is not Kind.TEXT:
        return scope.made(cast, [part])
    finite = exp.case().when(is_finite(cast), cast.copy())
    return _read(scope, part, r"^[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?\z", finite)


def as_text(scope: Scope, call: Call) -> Part:
    """ISO 8601 for dates and times; decimals with every place of their scale."""
    part = scope.part(call.args[0])
    return scope.made(written(part.value, call.args[0].type.kind, call.args[0].type.scale), [part])


def written(value: exp.Expr, kind: Kind, scale: int | None = None) -> exp.Expr:
    """Return a value as the text that the stream writes for it; `scale` is that of a decimal."""
    if kind in {Kind.TEXT, Kind.ENUM}:
        return value
    if kind is Kind.TIME:
        shown = exp.Cast(this=value, to=_TEXT.copy())
        whole = exp.EQ(this=exp.Length(this=shown.copy()), expression=number(8))
        point = exp.case().when(whole, text(".")).else_(text(""))
        pointed = exp.DPipe(this=shown, expression=point, safe=False)
        return exp.Pad(this=pointed, expression=number(15), fill_pattern=text("0"), is_left=False)
    if kind is Kind.TIMESTAMP:
        local = exp.AtTimeZone(this=value, zone=text("UTC"))
        return exp.TimeToStr(this=local, format=text("%Y-%m-%dT%H:%M:%S.%fZ"))
    shown = exp.Cast(this=value, to=_TEXT.copy())
    if kind is Kind.DECIMAL:
        shown.meta[PLACES] = DECIMAL_SCALE if scale is None else scale
        return _with_nought(shown)
    return shown


def field_text(value: exp.Expr, field: Field) -> exp.Expr:
    """Return a field's value as the text that the stream writes for it, in a key or within nested values."""
    shown = written(value, field.kind, field.scale)
    if not field.is_stripped:
        return shown
    for end in ("0", "."):
        shown = exp.Trim(this=shown, expression=text(end), position="TRAILING")
    return shown


def _with_nought(shown: exp.Expr) -> exp.Expr:
    """Return a decimal's text with a digit before its point: DuckDB leaves it out of a DECIMAL(2, 2)."""
    rest = exp.Substring(this=shown.copy(), start=number(2))
    negative = exp.DPipe(this=text("-0"), expression=rest, safe=False)
    return (
        exp.case()
        .when(
            exp.Like(this=shown.copy(), expression=text(".%")),
            exp.DPipe(this=text("0"), expression=shown.copy(), safe=False),
        )
        .when(exp.Like(this=shown.copy(), expression=text("-.%")), negative)
        .else_(shown)
    )


def uuid_of(scope: Scope, call: Call) -> Part:
    """8-4-4-4-12 hexadecimal digits only: engines take braces and other groupings."""
    part = scope.plain(call.args[0])
    cast = exp.TryCast(this=part.value.copy(), to=data_type(call.type), safe=True)
    return scope.attempted(_where(part.value, HEXADECIMAL, cast), [part], "not-a-uuid")


def _where(value: exp.Expr, pattern: str, answer: exp.Expr) -> exp.Expr:
    """Return the answer where the whole text has the notation, null elsewhere."""
    return exp.case().when(exp.RegexpLike(this=value.copy(), expression=text(pattern)), answer)


WORDS: dict[str, Translate] = {
    "as_text": as_text,
    "decimal": as_decimal,
    "floating": floating,
    "implied": implied,
    "integer": as_integer,
    "uuid_of": uuid_of,
}
