"""A decoder learns from the messages that come; what it has learnt changes none of its answers."""

import random

import pytest

from franca.errors import DecodeError
from franca.formats.change import Decoder, Wanted, decode
from franca.formats.registry import FORMATS, format_named
from franca.model.shape import shape_of
from franca.types import Record
from tests.cases.tables import Thing
from tests.cases.titled import pairs, record_of

ALL = frozenset(field.name for field in shape_of(Thing).fields)
WANTED = {
    "everything": Wanted(Thing, ALL, ALL),
    "the key before": Wanted(Thing, ALL, frozenset({"id"})),
    "others before than after": Wanted(Thing, frozenset({"id", "name"}), frozenset({"id", "price"})),
}


def shown(decoder: Decoder, record: Record) -> str:
    """Return what a record holds as text, rows alike of whatever type, or what is wrong with it."""
    try:
        return repr(decode(decoder, record)).replace("RowWhole(", "Row(")
    except DecodeError as error:
        return f"{error.code} {error.path}"


@pytest.mark.parametrize("wanted", WANTED.values(), ids=WANTED)
@pytest.mark.parametrize("name", [each.name for each in FORMATS])
def test_a_message_means_the_same_whatever_came_before_it(name: str, wanted: Wanted) -> None:
    """Each case of a format gives, among all the others in any order, what it gives a decoder that is new."""
    records = [record_of(message) for of, _, message, _ in pairs("formats") if of == name]
    alone = [shown(format_named(name).decoder(wanted), each) for each in records]
    decoder, order = format_named(name).decoder(wanted), random.Random(7)

    for _ in range(6):
        for place in order.sample(range(len(records)), len(records)):
            assert shown(decoder, records[place]) == alone[place], records[place].value
