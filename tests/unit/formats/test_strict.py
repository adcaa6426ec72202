"""Names given twice: refused in any object of a message, by the careful way and by the fast one."""

import json
from typing import Any

import pytest

from franca.errors import DecodeError
from franca.formats.change import Change, Wanted, decode
from franca.formats.registry import AUTO
from franca.formats.strict import Strict, refuse_repeats
from franca.mapping.application import Application
from franca.model.entity import Entity, Table
from franca.model.markers import Key
from franca.pipeline.lines import Input, map_lines
from franca.pipeline.loose_lines import loose_lines
from franca.pipeline.onramp import OnRamp, Tables
from franca.topics.dead_letter import read_dead_letter
from franca.types import Batch, Record


class Person(Entity):
    """A natural person."""

    id: Key[str]


class Thing(Table):
    """A table of one column that is mapped."""

    id: Key[str]


shop = Application("shop")


@shop.maps
def person(thing: Thing) -> Person:
    """Map every row to a person."""
    return Person(id=thing.id)


SOURCE = {"connector": "postgresql", "lsn": 5, "ts_ms": 5, "table": "thing"}
CHANGE = json.dumps({"before": None, "after": {"id": "1", "x": 1}, "source": SOURCE, "op": "c"})
SCHEMA = json.dumps({"type": "struct", "fields": []})


def enveloped(payload: str, schema: str = SCHEMA) -> str:
    """Return a message in its schema envelope, as Kafka Connect writes it."""
    return f'{{"schema":{schema},"payload":{payload}}}'


@pytest.mark.parametrize(
    "text",
    [
        '{"id":"1","id":"1"}',
        '{"id":"1", "x" : 1, "x":2}',
        '{"id":"1","x":"\\":","x":2}',
        '{"id":"1","x":{"a":[[{"b":1,"b":2}]]}}',
        CHANGE.replace('"x": 1', '"x": 1, "x": 1'),
        CHANGE.replace('"op": "c"', '"op": "c", "op": "c"'),
        enveloped(CHANGE.replace('"x": 1', '"x":1,"x":1')),
        enveloped(CHANGE, '{"type":"struct","type":"struct"}'),
        f'{enveloped(CHANGE)[:-1]},"payload":{CHANGE}}}',
    ],
)
def test_a_name_given_twice_is_refused(text: str) -> None:
    """Wherever it stands, in a first message and in one that is like those before."""
    refuse_repeats(enveloped(CHANGE).encode())
    with pytest.raises(DecodeError) as caught:
        refuse_repeats(text.encode())
    assert caught.value.code == "duplicate-key"

    decoder = Strict(AUTO).decoder(Wanted(Thing, frozenset({"id"})))
    for good in ('{"id":"1","x":1}', CHANGE, enveloped(CHANGE)):
        assert isinstance(decode(decoder, Record("t", 0, 1, 1, None, good.encode())), Change)
        with pytest.raises(DecodeError, match="twice"):
            decode(decoder, Record("t", 0, 1, 1, None, text.encode()))


@pytest.mark.parametrize(
    "text",
    [
        '{"a":{"x":1},"b":{"x":1},"c":[{"x":1},{"x":2},[3]]}',
        '{"a" : "\\":\\":", "b":":"}',
        '{"a":[":",":"],":":1}',
        "{",
        "null",
        '[{"a":1}]',
        '{"a":123456789012345678901234567890,"b":1e400}',
        enveloped(CHANGE),
        enveloped(CHANGE.replace("thing", "other")),
    ],
)
def test_the_same_name_in_two_objects_is_no_repeat(text: str) -> None:
    """Nor are quotes and colons within texts; what is no JSON is for others to refuse."""
    refuse_repeats(text.encode())
    refuse_repeats(None)


def test_decode_is_strict_and_a_stream_where_it_says_so() -> None:
    """The last value counts elsewhere, as most readers of JSON have it."""
    line = b'{"id":"1","id":"2"}'
    assert [each.kind for each in loose_lines([line])] == ["note", "problem"]
    for strict, kind in ((True, "problem"), (False, "event")):
        assert [each.kind for each in map_lines(Input(shop, Thing, strict=strict), [line])] == [kind]

    record = Record("raw.shop.thing", 0, 1, 1, None, line)
    step: Any = OnRamp(shop, number=1, tables=Tables(strict=True))
    (out,) = step(Batch([record])).items
    assert read_dead_letter(out[2]).code == "duplicate-key"
    good = Record("raw.shop.thing", 0, 2, 1, None, b'{"id":"3"}')
    assert [topic for topic, _, _ in step(Batch([good, good, record])).items] == [
        "person",
        "person",
        "shop.dead-letters",
    ]


@pytest.mark.parametrize("depth", range(900, 1_010, 5))
def test_no_depth_of_nesting_is_more_than_a_problem(depth: int) -> None:
    """Wherever reading gives up, it says so."""
    text, code = '{"a" :' * depth + "1" + "}" * depth, ""
    try:
        refuse_repeats(text.encode())
    except DecodeError as error:
        code = error.code
    assert code in {"", "too-deep"}


def test_a_schema_is_known_by_its_whole_text() -> None:
    """Not by the beginning of one that has a field called payload, and of any number of them."""
    within = '{"schema":{"a":1,"payload":2},"payload":{"x":1%s}}'
    for _ in range(2):
        refuse_repeats((within % "").encode())
        with pytest.raises(DecodeError, match="twice"):
            refuse_repeats((within % ',"x":1').encode())
    for number in [*range(100), 0]:
        text = f'{{"schema":{{"a":{number}}},"payload":{{"x":1%s}}}}'
        refuse_repeats((text % "").encode())
        with pytest.raises(DecodeError, match="twice"):
            refuse_repeats((text % ',"x":1').encode())
