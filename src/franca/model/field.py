"""A field of an entity, a table or a nested value, as plain values."""

from dataclasses import dataclass
from enum import Enum

from franca.model.kind import DECIMAL_PRECISION, DECIMAL_SCALE, Kind
from franca.model.markers import Constraint, DateStyle, Link, Unit
from franca.model.tests import FieldTest


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `column` is the legacy name for tables, the field's own name for entities.

    `precision` and `scale` are set for decimals, `enum` for enumerations, `item` (a field named `item`)
    for lists, `fields` and `cls` for nested values, `width` for texts of exactly so many characters,
    `unit` for columns whose numbers count something, `date_style` for those whose dates have an order of
    their own, `trim` for texts that lose the blanks at their end. `size` is how many characters the column
    takes in a record of fixed width, `start` the first of them, from 1, where it is told.
    """

    name: str
    column: str
    kind: Kind
    nullable: bool = False
    precision: int | None = None
    scale: int | None = None
    enum: type[Enum] | None = None
    item: "Field | None" = None
    fields: "tuple[Field, ...]" = ()
    cls: type | None = None
    width: int | None = None
    unit: Unit | None = None
    size: int | None = None
    start: int | None = None
    date_style: DateStyle | None = None
    trim: bool | None = None
    key: bool = False
    pii: bool = False
    link: Link | None = None
    constraints: tuple[Constraint, ...] = ()
    tests: tuple[FieldTest, ...] = ()
    description: str = ""
    has_default: bool = False
    default: object = None

    @property
    def is_personal(self) -> bool:
        """Whether the field, or a part of it, is marked as personal."""
        parts = self.fields if self.item is None else (*self.fields, self.item)
        return self.pii or any(part.is_personal for part in parts)

    @property
    def is_stripped(self) -> bool:
        """Whether the field is a decimal that declares no digits: it is written without trailing zeros."""
        digits = (self.precision, self.scale)
        return self.kind is Kind.DECIMAL and digits == (DECIMAL_PRECISION, DECIMAL_SCALE)
