"""The words on text in SQL. Options come checked from the words themselves."""

import string

from sqlglot import exp

from franca.errors import DefinitionError
from franca.mapping.sql.layers import Part
from franca.mapping.sql.literals import integer, number, text
from franca.mapping.sql.regex import has_empty_turns, portable
from franca.mapping.sql.scope import Scope, Translate
from franca.mapping.tree import Call

_LAST = 2**31 - 1
"""The last place that every engine counts; some begin anew behind it."""
_POSITIONS = {"left": "LEADING", "right": "TRAILING", "both": None}


def upper(scope: Scope, call: Call) -> Part:
    """ASCII letters only: engines disagree on all others."""
    part = scope.part(call.args[0])
    return scope.made(_upper(part.value), [part])


def lower(scope: Scope, call: Call) -> Part:
    """ASCII letters only: engines disagree on all others."""
    part = scope.part(call.args[0])
    return scope.made(_lower(part.value), [part])


def capitalize(scope: Scope, call: Call) -> Part:
    """The first character, and all behind it."""
    part = scope.plain(call.args[0])
    first = exp.Substring(this=part.value.copy(), start=number(1), length=number(1))
    rest = exp.Substring(this=part.value.copy(), start=number(2))
    return scope.made(
        exp.Paren(this=exp.DPipe(this=_upper(first), expression=_lower(rest), safe=False)), [part]
    )


def trim(scope: Scope, call: Call) -> Part:
    """The fill is always said, since some engines take all white space."""
    part = scope.part(call.args[0])
    position = _POSITIONS[str(call.option("side"))]
    fill = text(str(call.option("fill")))
    return scope.made(exp.Trim(this=part.value, expression=fill, position=position), [part])


def pad(scope: Scope, call: Call) -> Part:
    """SQL's functions cut what is too long; here that is a problem."""
    width = number(integer(call.option("width")))
    part = scope.plain(call.args[0])
    padded = exp.Pad(
        this=part.value.copy(),
        expression=width,
        fill_pattern=text(str(call.option("fill"))),
        is_left=call.option("side") == "left",
    )
    too_long = exp.GT(this=exp.Length(this=part.value.copy()), expression=width.copy())
    return scope.made(padded, [part], exp.case().when(too_long, text("too-long")))


def substring(scope: Scope, call: Call) -> Part:
    """Counts from 1, in code points, as SQL does."""
    part = scope.part(call.args[0])
    length = call.option("length")
    piece = exp.Substring(
        this=part.value,
        start=_place(call.option("start")),
        length=None if length is None else _place(length),
    )
    return scope.made(piece, [part])


def right(scope: Scope, call: Call) -> Part:
    """The last characters."""
    part = scope.part(call.args[0])
    return scope.made(exp.Right(this=part.value, expression=_place(call.option("count"))), [part])


def length(scope: Scope, call: Call) -> Part:
    """Code points."""
    part = scope.part(call.args[0])
    return scope.made(exp.Length(this=part.value), [part])


def replace(scope: Scope, call: Call) -> Part:
    """Every occurrence, literally."""
    part = scope.part(call.args[0])
    old, new = (text(str(call.option(name))) for name in ("old", "new"))
    return scope.made(exp.Replace(this=part.value, expression=old, replacement=new), [part])


def split(scope: Scope, call: Call) -> Part:
    """Null out of range, where `split_part` would give empty text."""
    part = scope.part(call.args[0])
    parts = exp.Split(this=part.value, expression=text(str(call.option("separator"))))
    index = _place(call.option("index"))
    return scope.made(exp.Bracket(this=parts, expressions=[index], offset=1), [part])


def _place(value: object) -> exp.Expr:
    """Return a place or a count; those behind the end of any text are one."""
    return number(min(integer(value), _LAST))


def extract(scope: Scope, call: Call) -> Part:
    """Null where nothing matches, which the function of SQL does not tell from an empty match."""
    part = scope.plain(call.args[0])
    written, group = str(call.option("pattern")), integer(call.option("group"))
    if has_empty_turns(written, group):
        reason = f"the pattern {written!r} repeats what may be empty: SQL differs on the last turn"
        raise DefinitionError.one("extract", reason, "leave this mapping to the stream, or repeat characters")
    pattern = text(portable(written))
    found = exp.RegexpExtract(this=part.value.copy(), expression=pattern, group=number(group))
    matching = exp.RegexpLike(this=part.value.copy(), expression=pattern.copy())
    return scope.made(exp.case().when(matching, found), [part])


def matches(scope: Scope, call: Call) -> Part:
    """The whole text."""
    part = scope.part(call.args[0])
    pattern = text(f"^(?:{portable(str(call.option('pattern')))})\\z")
    return scope.made(exp.RegexpLike(this=part.value, expression=pattern), [part])


def starts_with(scope: Scope, call: Call) -> Part:
    """Compared literally."""
    part = scope.part(call.args[0])
    return scope.made(exp.StartsWith(this=part.value, expression=text(str(call.option("prefix")))), [part])


def ends_with(scope: Scope, call: Call) -> Part:
    """Compared literally."""
    part = scope.part(call.args[0])
    return scope.made(exp.EndsWith(this=part.value, expression=text(str(call.option("suffix")))), [part])


def contains(scope: Scope, call: Call) -> Part:
    """Compared literally."""
    part = scope.part(call.args[0])
    return scope.made(exp.Contains(this=part.value, expression=text(str(call.option("part")))), [part])


def append(scope: Scope, call: Call) -> Part:
    """Null when any part is."""
    parts = [scope.part(arg) for arg in call.args]
    value = parts[0].value
    for part in parts[1:]:
        value = exp.DPipe(this=value, expression=part.value, safe=False)
    return scope.made(exp.Paren(this=value), parts)


def join(scope: Scope, call: Call) -> Part:
    """Nulls are left out; a hand-built node would propagate them but for its two flags."""
    if not call.args:
        return Part(text(""))
    parts = [scope.part(arg) for arg in call.args]
    separator = text(str(dict(call.options).get("separator", "")))
    values = [separator, *[part.value for part in parts]]
    return scope.made(exp.ConcatWs(expressions=values, coalesce=True, safe=True), parts)


def _upper(value: exp.Expr) -> exp.Expr:
    old, new = text(string.ascii_lowercase), text(string.ascii_uppercase)
    return exp.Translate(this=value, from_=old, to=new)


def _lower(value: exp.Expr) -> exp.Expr:
    old, new = text(string.ascii_uppercase), text(string.ascii_lowercase)
    return exp.Translate(this=value, from_=old, to=new)


WORDS: dict[str, Translate] = {
    "append": append,
    "capitalize": capitalize,
    "concat": join,
    "contains": contains,
    "ends_with": ends_with,
    "extract": extract,
    "join": join,
    "length": length,
    "lower": lower,
    "matches": matches,
    "pad": pad,
    "replace": replace,
    "right": right,
    "split": split,
    "starts_with": starts_with,
    "substring": substring,
    "trim": trim,
    "upper": upper,
}
