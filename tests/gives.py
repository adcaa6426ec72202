"""Entities whose one field has each kind of value, for the cases and the laws of the words."""

import datetime as dt
from decimal import Decimal
from enum import Enum
from typing import Annotated
from uuid import UUID

from franca.model.entity import Entity, Value
from franca.model.markers import Digits, Key


class Letter(Enum):
    """An enumeration for rows."""

    ALPHA = "Alpha"
    BETA = "Beta"


class GivesText(Entity):
    id: Key[str]
    value: str | None


class GivesInteger(Entity):
    id: Key[str]
    value: int | None


class GivesDecimal(Entity):
    id: Key[str]
    value: Annotated[Decimal | None, Digits(38, 6)]


class GivesFloat(Entity):
    id: Key[str]
    value: float | None


class GivesBoolean(Entity):
    id: Key[str]
    value: bool | None


class GivesDate(Entity):
    id: Key[str]
    value: dt.date | None


class GivesTime(Entity):
    id: Key[str]
    value: dt.time | None


class GivesTimestamp(Entity):
    id: Key[str]
    value: dt.datetime | None


class Nested(Value):
    value: str | None


class GivesUuid(Entity):
    id: Key[str]
    value: UUID | None


class GivesLetter(Entity):
    id: Key[str]
    value: Letter | None


class GivesList(Entity):
    id: Key[str]
    value: list[str]


ENTITIES: dict[str, type[Entity]] = {
    "text": GivesText,
    "int": GivesInteger,
    "dec": GivesDecimal,
    "float": GivesFloat,
    "bool": GivesBoolean,
    "date": GivesDate,
    "time": GivesTime,
    "ts": GivesTimestamp,
    "uuid": GivesUuid,
    "letter": GivesLetter,
    "list": GivesList,
}


def gives(kind: str) -> type[Entity]:
    """Return the entity whose field has the kind."""
    return ENTITIES[kind]
