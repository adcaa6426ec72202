"""What a replay of the archive publishes in the place of what no record makes any more."""

import msgspec

from franca.model.entity import Entity
from franca.model.markers import Key
from franca.model.shape import shape_of
from franca.operations.past.republish import end_of
from franca.topics.event_decoder import EventDecoder


class Order(Entity, version=2):
    """An order, as it is now."""

    number: Key[str]
    note: str


def test_an_orphan_of_a_later_version_of_an_entity_is_ended_as_that_entity() -> None:
    """Its topic has the version in its name, the type of its events has not."""
    event = {
        "specversion": "1.0", "id": "raw.shop.row/0/7/order/c", "source": "shop/row", "type": "order.changed",
        "subject": "1", "time": "2026-11-22T10:00:00.000000Z", "datacontenttype": "application/json",
        "dataschema": "order/2", "sequence": "0001.lsn.7", "origin": "shop", "mapping": "1-aa",
        "data": {"number": "1", "note": "x"},
    }  # fmt: skip

    end = EventDecoder(shape_of(Order)).decode(end_of(msgspec.json.encode(event), shape_of(Order), "2-bb"))

    assert (end.id, end.type, end.mapping) == ("raw.shop.row/0/7/order/d", "order.deleted", "2-bb")
    assert (end.data.number, end.data.note) == ("1", None)
