"""Digests and name-based identifiers in SQL. `apply` is missing: a Python function has no SQL."""

from uuid import UUID

from sqlglot import exp

from franca.mapping.sql.layers import Part
from franca.mapping.sql.literals import number, text
from franca.mapping.sql.scope import Scope, Translate
from franca.mapping.tree import Call

_UTF8 = "utf-8"


def sha256(scope: Scope, call: Call) -> Part:
    """Lower-case hexadecimal."""
    part = scope.part(call.args[0])
    return scope.made(exp.SHA2(this=part.value, length=number(256)), [part])


def md5(scope: Scope, call: Call) -> Part:
    """Lower-case hexadecimal."""
    part = scope.part(call.args[0])
    return scope.made(exp.MD5(this=part.value), [part])


def uuid5(scope: Scope, call: Call) -> Part:
    """SHA-1 of the namespace's bytes and the name's, with RFC 9562's version and variant put in."""
    part = scope.part(call.args[0])
    namespace = exp.Unhex(this=text(UUID(str(call.option("namespace"))).hex))
    named = exp.DPipe(this=namespace, expression=exp.Encode(this=part.value, charset=text(_UTF8)), safe=False)
    digest, depth = scope.layers.keep(exp.SHA(this=exp.Paren(this=named)), part.depth)
    variant = exp.Translate(this=_digits(digest, 17, 1), from_=text("0123456789abcdef"), to=text("89ab" * 4))
    pieces = [_digits(digest, 1, 8), _digits(digest, 9, 4), text("5"), _digits(digest, 14, 3)]
    pieces += [variant, _digits(digest, 18, 3), _digits(digest, 21, 12)]
    value = pieces[0]
    for place, piece in enumerate(pieces[1:], start=1):
        hyphen = place in {1, 2, 4, 6}
        value = exp.DPipe(this=value, expression=text("-"), safe=False) if hyphen else value
        value = exp.DPipe(this=value, expression=piece, safe=False)
    return Part(exp.Cast(this=exp.Paren(this=value), to=exp.DataType.build("UUID")), part.problem, depth)


def _digits(digest: exp.Expr, start: int, count: int) -> exp.Expr:
    return exp.Substring(this=digest.copy(), start=number(start), length=number(count))


WORDS: dict[str, Translate] = {"md5": md5, "sha256": sha256, "uuid5": uuid5}
