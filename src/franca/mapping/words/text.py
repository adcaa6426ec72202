"""The words on text. Lengths and places count code points; letters change case in ASCII only."""

from typing import Literal, TypeVar, overload

from franca.mapping.operands import any_null, call, expect
from franca.mapping.patterns import checked_pattern
from franca.mapping.refusal import refuse
from franca.mapping.symbol import Symbol, lift, word, wrap
from franca.mapping.tree import Expression, ValueType
from franca.model.kind import Kind

Text = TypeVar("Text", str, str | None)
Side = Literal["left", "right", "both"]


@word
def join(separator: str, *parts: str | None) -> str:
    """Return the parts that are not null with the separator between them; empty text for none."""
    if not isinstance(separator, str):
        raise refuse("join got a separator that is no constant", 'write it as text: join(" ", a, b)')
    lifted = tuple(expect("join", lift(part), Kind.TEXT) for part in parts)
    made: str = wrap(call("join", lifted, ValueType(Kind.TEXT), separator=separator))
    return made


@word
def concat(*parts: str | None) -> str:
    """Return the parts that are not null, one after the other."""
    lifted = tuple(expect("concat", lift(part), Kind.TEXT) for part in parts)
    made: str = wrap(call("concat", lifted, ValueType(Kind.TEXT)))
    return made


@word
def trim(text: Text, side: Side = "both", fill: str = " ") -> Text:
    """Return the text without the fill character (the space U+0020) at its ends."""
    _one_character("trim", fill)
    _side("trim", side, "both")
    return _text("trim", text, side=side, fill=fill)


@word
def pad(text: Text, width: int, fill: str, side: Literal["left", "right"] = "left") -> Text:
    """Return the text filled up to the width; longer text is the problem `too-long`."""
    _one_character("pad", fill)
    _side("pad", side, "left")
    _count("pad", "width", width, 1)
    lifted = expect("pad", lift(text), Kind.TEXT)
    result = ValueType(Kind.TEXT, lifted.type.nullable, width=width)
    made: Text = wrap(call("pad", (lifted,), result, width=width, fill=fill, side=side))
    return made


@word
def upper(text: Text) -> Text:
    """Return the text with its ASCII letters in upper case."""
    return _text("upper", text)


@word
def lower(text: Text) -> Text:
    """Return the text with its ASCII letters in lower case."""
    return _text("lower", text)


@word
def capitalize(text: Text) -> Text:
    """Return the text with its first character in upper and all others in lower case, ASCII only."""
    return _text("capitalize", text)


@word
def substring(text: Text, start: int, length: int | None = None) -> Text:
    """Return the piece from the character `start` (counted from 1), of `length` characters or to the end."""
    _count("substring", "start", start, 1)
    if length is not None:
        _count("substring", "length", length, 0)
    return _text("substring", text, start=start, length=length)


@word
def right(text: Text, count: int) -> Text:
    """Return the last `count` characters, the whole text where it is shorter."""
    _count("right", "count", count, 1)
    return _text("right", text, count=count)


@word
def split(text: str | None, separator: str, index: int) -> str | None:
    """Return the part with that index (counted from 1) between separators, null where there is none."""
    _not_empty("split", "separator", separator)
    _count("split", "index", index, 1)
    made: str | None = wrap(
        call("split", (_one("split", text),), _NULLABLE, separator=separator, index=index)
    )
    return made


@word
def replace(text: Text, old: str, new: str) -> Text:
    """Return the text with every occurrence of `old` replaced, from the left."""
    _not_empty("replace", "old", old)
    if not isinstance(new, str):
        raise refuse("replace got a new text that is no constant", "write it as text")
    return _text("replace", text, old=old, new=new)


@word
def extract(text: str | None, pattern: str, group: int = 0) -> str | None:
    """Return what the pattern (or one group of it) matches first, null where nothing does."""
    options = {"pattern": checked_pattern("extract", pattern, group), "group": group}
    made: str | None = wrap(call("extract", (_one("extract", text),), _NULLABLE, **options))
    return made


@overload
def matches(text: str, pattern: str) -> bool: ...
@overload
def matches(text: str | None, pattern: str) -> bool | None: ...
@word
def matches(text: str | None, pattern: str) -> bool | None:
    """Say whether the pattern matches the whole text; null for null."""
    return _test("matches", text, pattern=checked_pattern("matches", pattern, 0))


@word
def starts_with(text: str | None, prefix: str) -> bool:
    """Say whether the text begins with the prefix; null for null."""
    _not_empty("starts_with", "prefix", prefix)
    return _test("starts_with", text, prefix=prefix)


@word
def ends_with(text: str | None, suffix: str) -> bool:
    """Say whether the text ends with the suffix; null for null."""
    _not_empty("ends_with", "suffix", suffix)
    return _test("ends_with", text, suffix=suffix)


@word
def contains(text: str | None, part: str) -> bool:
    """Say whether the part occurs in the text; null for null."""
    _not_empty("contains", "part", part)
    return _test("contains", text, part=part)


@overload
def length(text: str) -> int: ...
@overload
def length(text: str | None) -> int | None: ...
@word
def length(text: str | None) -> int | None:
    """Return how many characters (code points) the text has."""
    lifted = _one("length", text)
    made: int | None = wrap(call("length", (lifted,), ValueType(Kind.INTEGER, lifted.type.nullable)))
    return made


_NULLABLE = ValueType(Kind.TEXT, nullable=True)


def _one(word: str, text: object) -> Expression:
    return expect(word, lift(text), Kind.TEXT)


def _text(word: str, text: Text, **options: object) -> Text:
    lifted = _one(word, text)
    keeps = word in {"upper", "lower", "capitalize"}
    result = ValueType(Kind.TEXT, lifted.type.nullable, width=lifted.type.width if keeps else None)
    made: Text = wrap(call(word, (lifted,), result, **options))
    return made


def _test(word: str, text: object, **options: object) -> bool:
    lifted = _one(word, text)
    made: bool = wrap(call(word, (lifted,), ValueType(Kind.BOOLEAN, any_null(lifted)), **options))
    return made


def _one_character(word: str, fill: object) -> None:
    if not isinstance(fill, str) or len(fill) != 1:
        raise refuse(f"{word} got the fill {_shown(fill)}", "expected one character, as a constant")


def _side(word: str, side: str, *more: str) -> None:
    allowed = ("left", "right", *(each for each in more if each == "both"))
    if side not in allowed:
        raise refuse(f"{word} got the side {_shown(side)}", f"expected one of {', '.join(allowed)}")


def _count(word: str, name: str, value: object, least: int) -> None:
    if type(value) is not int or value < least:
        raise refuse(f"{word} got the {name} {_shown(value)}", f"expected a constant, {least} or more")


def _not_empty(word: str, name: str, value: object) -> None:
    if not isinstance(value, str):
        raise refuse(f"{word} got a {name} that is no constant", "write it as text")
    if not value:
        raise refuse(f"{word} got an empty {name}", "expected at least one character")


def _shown(value: object) -> str:
    return "of a value of the row" if type(value) is Symbol else repr(value)
