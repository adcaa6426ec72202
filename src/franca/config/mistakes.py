"""Compares what franca.toml says with the classes of the settings: every mistake, each at its own path."""

import difflib
import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import msgspec

from franca.errors import Problem

_SECRET = re.compile(r"options|dsn|source$")
_REMEDY = "see the reference of settings"


def mistakes_in(told: object, settings: type[msgspec.Struct], path: str = "") -> Iterator[Problem]:
    """Yield a problem for each setting that is unknown, of another type, or out of its range."""
    if not isinstance(told, dict):
        yield Problem(path, f"expected a table, got {told!r}", f"write [{path}]")
        return
    hints = get_type_hints(settings, include_extras=True)
    for name, value in told.items():
        if name in hints:
            yield from _mistakes(value, hints[name], f"{path}.{name}".lstrip("."))
        else:
            close = difflib.get_close_matches(name, hints, 1)
            remedy = f"did you mean {close[0]!r}?" if close else f"known here: {', '.join(sorted(hints))}"
            yield Problem(path or "franca.toml", f"unknown setting {name!r}", remedy)


def _mistakes(value: object, hint: Any, path: str) -> Iterator[Problem]:
    inner: Any = get_args(hint)[1] if get_origin(hint) is dict else None
    if _is_section(hint):
        yield from mistakes_in(value, hint, path)
    elif _is_section(inner) and isinstance(value, dict):
        for name, each in value.items():
            yield from mistakes_in(each, inner, f"{path}.{name}")
    else:
        try:
            msgspec.convert(value, hint)
        except msgspec.ValidationError as error:
            yield Problem(path, _reason(error, value, hint, path), _REMEDY)


def _is_section(hint: object) -> bool:
    return isinstance(hint, type) and issubclass(hint, msgspec.Struct)


def _reason(error: msgspec.ValidationError, value: object, hint: Any, path: str) -> str:
    """Return what was expected and what was got; a value that may be a secret is left out."""
    bare = get_args(hint)[0] if get_origin(hint) is Annotated else hint
    text = str(error).partition(" - at ")[0]
    expected = (text[:1].lower() + text[1:]).replace("`object`", "a table").replace("`array`", "a list")
    if get_origin(bare) is Literal:
        expected = f"expected one of {', '.join(get_args(bare))}"
    is_shown = not _SECRET.search(path) and isinstance(value, str | int | float)
    return f"{expected}, got {value!r}" if is_shown and "got" not in expected else expected
