"""The classes that users derive theirs from: `Entity`, `Table` and the nested `Value`."""

import re
import sys
from collections.abc import Callable
from contextvars import ContextVar
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar, TypeAlias, dataclass_transform
from uuid import UUID

import msgspec

from franca.model.layouts import Copybook, Layout
from franca.model.markers import DateStyle, Star

Maker: TypeAlias = Callable[[type, "dict[str, object]"], object]

construction: "ContextVar[Maker | None]" = ContextVar("construction", default=None)
"""While a mapping is traced, what is made of a class and its named arguments instead of an object."""


LEAVES = (date, datetime, time, Decimal, UUID, bytes)


def snake_case(name: str) -> str:
    """Return a class's name in snake_case.

    >>> snake_case("BankAccount"), snake_case("HTTPServer2Log")
    ('bank_account', 'http_server2_log')
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


class ModelMeta(msgspec.StructMeta):
    """Makes the user's classes frozen and keyword-only, and takes what entities and tables say besides."""

    def __new__(
        cls,
        class_name: str,
        bases: tuple[type, ...],
        namespace: dict[str, Any],
        /,
        *,
        name: str | None = None,
        topic: str | None = None,
        format: str | Layout | None = None,  # noqa: A002 - the argument's name
        **options: Any,
    ) -> "ModelMeta":
        """Make the class.

        `version=` and `star=` are an entity's, `date_style=` and `trim=` are a table's; others are those of
        `msgspec.Struct`.
        """
        told = {"version": options.pop("version", 1)}
        told |= {name: options.pop(name) for name in ("date_style", "trim", "star") if name in options}
        made = super().__new__(
            cls, class_name, bases, namespace, **{"frozen": True, "kw_only": True, **options}
        )
        type.__setattr__(made, "franca_name", name or snake_case(class_name))
        type.__setattr__(made, "franca_topic", topic)
        if isinstance(format, Copybook):
            format = format.beside(_folder(namespace.get("__module__", "")))  # noqa: A001 - the same
        if format is not None:
            type.__setattr__(made, "franca_format", format)
        for option, value in told.items():
            type.__setattr__(made, f"franca_{option}", value)
        return made

    def __call__(cls, *args: Any, **fields: Any) -> Any:  # noqa: N805  # of a metaclass
        """Make an object and check its fields' types, or hand the fields to the tracer that is at work.

        Raises TypeError for a missing or unknown field, msgspec.ValidationError (a ValueError) for a
        value of another type.
        """
        maker = construction.get()
        if maker is not None and not args:
            return maker(cls, fields)
        made = super().__call__(*args, **fields)
        values = {name: getattr(made, name) for name in cls.__struct_fields__}
        msgspec.convert(values, cls, builtin_types=LEAVES)
        return made


class _Model(msgspec.Struct, metaclass=ModelMeta, frozen=True, kw_only=True):
    """What entities, tables and nested values have in common."""

    franca_name: ClassVar[str]
    franca_topic: ClassVar[str | None]
    franca_version: ClassVar[int]
    franca_date_style: ClassVar[DateStyle | None] = None
    franca_trim: ClassVar[bool | None] = None
    franca_star: ClassVar[Star | None] = None
    franca_format: ClassVar[str | Layout | None] = None


def _folder(module: str) -> Path:
    """Return the folder of a module's file, the current one for a module without."""
    return Path(getattr(sys.modules.get(module), "__file__", None) or "").parent


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Entity(_Model, frozen=True, kw_only=True):
    """A type of the canonical model; its docstring is kept as its description.

    Fields are annotations; those with a default may come before those without. `name=` in the class's
    arguments gives another name than the class's in snake_case; `version=` is raised by an incompatible
    change, and another class of the same `name=` keeps the version before while both are fed.
    `star="dimension"` or `star="fact"` says what the entity is in a star schema, and gives it those views.
    """


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Table(_Model, frozen=True, kw_only=True):
    """One table of an application, as the application sees it.

    `name=` is its legacy name, `topic=` the pattern of the raw topics that feed it (`*` stands for any
    characters; by default `raw.<application>.<table>`). `format=` is the format of its raw messages, by name
    or, where they are no JSON, as a layout: `Csv(…)`, `Fixed(…)`, `Copybook("cust.cpy", …)`. `date_style=`
    and `trim=` are those of its columns that say nothing else (`Column`); a class that other tables derive
    from says these and the format for all of them.
    """


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Value(_Model, frozen=True, kw_only=True):
    """A value nested in an entity: it has fields but neither key nor topic of its own."""
