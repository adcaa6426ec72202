"""Reads a body's bytecode: where it tests identity, and which values it tests."""

import dis
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType, FrameType
from typing import Any

_SKIPPED = frozenset({"CACHE", "NOP", "EXTENDED_ARG", "PRECALL", "NOT_TAKEN", "RESUME", "COPY", "TO_BOOL"})


class _Unknown:
    """Stands for a value that can't be told from the instructions."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = _Unknown()


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction, and those before it in the text, nearest last."""

    opname: str
    argval: Any
    before: "tuple[Instruction, ...]" = ()

    @property
    def is_identity_test(self) -> bool:
        """Say whether it compares by `is`: `x is y`, or the jump that `if x is None` becomes."""
        return self.opname == "IS_OP" or (self.opname.startswith("POP_JUMP") and "NONE" in self.opname)


@lru_cache(maxsize=256)
def instructions_of(code: CodeType) -> dict[int, Instruction]:
    """Return the identity tests of a code object by their offsets."""
    seen: list[Instruction] = []
    found: dict[int, Instruction] = {}
    for each in dis.get_instructions(code):
        if each.opname in _SKIPPED:
            continue
        plain = Instruction(each.opname, each.argval)
        if plain.is_identity_test:
            found[each.offset] = Instruction(each.opname, each.argval, tuple(seen[-12:]))
        seen.append(plain)
    return found


def tested(test: Instruction, frame: FrameType, returned: object) -> list[object]:
    """Return the values that the test compares; UNKNOWN for one that can't be told.

    `returned` is what the last call from the frame gave.
    """
    value, rest = _value(test.before, frame, returned)
    if test.opname != "IS_OP":
        return [value]
    if value is UNKNOWN:
        return [UNKNOWN]
    other, _ = _value(rest, frame, returned)
    return [value, other]


def _value(
    before: tuple[Instruction, ...], frame: FrameType, returned: object
) -> tuple[object, tuple[Instruction, ...]]:
    """Return the value that the instructions leave on top, and the instructions below it."""
    if not before:
        return UNKNOWN, ()
    last, rest = before[-1], before[:-1]
    name, argument = last.opname, last.argval
    if name == "LOAD_CONST" or name == "LOAD_SMALL_INT":
        return argument, rest
    if name.startswith(("LOAD_FAST", "STORE_FAST", "LOAD_DEREF", "LOAD_CLASSDEREF", "STORE_DEREF")):
        return _local(frame, argument, rest)
    if name in {"LOAD_GLOBAL", "LOAD_NAME"}:
        return frame.f_globals.get(argument, frame.f_builtins.get(argument, UNKNOWN)), rest
    if name in {"LOAD_ATTR", "LOAD_METHOD"}:
        owner, rest = _value(rest, frame, returned)
        return (UNKNOWN if owner is UNKNOWN else _attribute(owner, argument)), rest
    if name.startswith("CALL"):
        return returned, ()
    return UNKNOWN, ()


def _local(
    frame: FrameType, argument: Any, rest: tuple[Instruction, ...]
) -> tuple[object, tuple[Instruction, ...]]:
    if isinstance(argument, tuple):
        first, last = argument
        return frame.f_locals.get(last, UNKNOWN), (*rest, Instruction("LOAD_FAST", first))
    return frame.f_locals.get(argument, UNKNOWN), rest


def _attribute(owner: object, name: str) -> object:
    """Return an attribute without running the user's code, but for the row's own columns."""
    column = getattr(type(owner), "franca_column", None)
    if column is not None:
        return column(owner, name)
    found = getattr(owner, "__dict__", {}).get(name, UNKNOWN)
    return found if found is not UNKNOWN else _of_class(owner, name)


def _of_class(owner: object, name: str) -> object:
    for base in owner.__mro__ if isinstance(owner, type) else ():
        if name in base.__dict__:
            return base.__dict__[name]
    return UNKNOWN
