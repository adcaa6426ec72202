"""Every word that must invert does, in whatever mapping of such words it stands."""

import os
import string
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from franca.errors import MapError
from franca.mapping.inverse.inverse import Inverse, inverse_of
from franca.mapping.inverse.solve import REASONS, RULES
from franca.mapping.mapping import Mapping
from franca.mapping.python.words import STRICT, WHOLE
from franca.mapping.tree import Call, walk
from franca.model.rows import row_type
from tests.properties.invertible import (
    all_columns,
    defined,
    depth_one,
    every_template,
    filled,
    places,
    rows,
    sample,
)

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
PER_WORD = 300 if LONG else 6
PHASES = tuple(Phase) if LONG else (Phase.explicit, Phase.reuse, Phase.generate)
WORDS = sorted(RULES)
WIDTHS = {"wide", "left", "fixed", "zeros"}
"""What stands in columns of a declared width."""


def holes(template: str) -> set[str]:
    """Return the contents of the columns that a template mentions."""
    return {hole for _, hole, _, _ in string.Formatter().parse(template) if hole and hole != "zone"}


DIRECT = [(kind, template) for kind, _, template in every_template()]
WIDE = [(kind, template) for kind, template in DIRECT if holes(template) <= WIDTHS]
BOTH_SIDES = "trim({wide})"
"""How much of what it cut off stood on the left is not known."""

CHECKS = [HealthCheck.filter_too_much, HealthCheck.too_slow, HealthCheck.data_too_large]
generated = settings(max_examples=PER_WORD, phases=PHASES, deadline=None, suppress_health_check=CHECKS)


def mapped(mapping: Mapping[Any, Any], row: dict[str, Any]) -> dict[str, Any]:
    """Return the JSON-ready data of the row's only event. Raises MapError."""
    decoded = row_type(mapping.table, mapping.columns)(**{name: row[name] for name in mapping.columns})
    ((_, data),) = mapping.compiled().events(decoded)
    made: dict[str, Any] = msgspec.to_builtins(data)
    return made


def events(mapping: Mapping[Any, Any], given_rows: list[dict[str, Any]]) -> list[tuple[Any, Any]]:
    """Return the rows that can be mapped, each with its event."""
    found = []
    for row in given_rows:
        try:
            found.append((row, mapped(mapping, row)))
        except MapError:
            continue
    return found


def drawn(data: st.DataObject, word: str) -> Inverse:
    """Return the inverse of a mapping that shows the word, with up to two further words in each hole.

    A column that is never null has no way back beside one that may be null, in one value; such are left out.
    """
    kind, template = data.draw(st.sampled_from(places(word)))
    inverse = inverse_of(defined((kind, data.draw(filled(template, 2, all_columns())))))
    assert all("beside a column that may be null" in each for each in inverse.reasons.values())
    assume(not inverse.reasons)
    return inverse


@pytest.mark.parametrize("word", WORDS)
@generated
@given(data=st.data())
def test_what_is_led_back_maps_to_the_same_event(word: str, data: st.DataObject) -> None:
    """map(inverse(map(row))) = map(row), and what is called exact is the very value."""
    inverse = drawn(data, word)
    mapping = inverse.mapping
    for row, event in events(mapping, data.draw(st.lists(rows(mapping.columns), min_size=3, max_size=3))):
        back = inverse.reverse(event)
        assert mapped(mapping, back) == event
        assert {name: back[name] for name in inverse.exact} == {name: row[name] for name in inverse.exact}


@pytest.mark.parametrize("word", WORDS)
@generated
@given(data=st.data())
def test_a_present_row_takes_the_event_and_keeps_its_own_notation(word: str, data: st.DataObject) -> None:
    """Any row takes any event; a row that maps to it already is left as it is."""
    inverse = drawn(data, word)
    mapping = inverse.mapping
    found = events(mapping, data.draw(st.lists(rows(mapping.columns), min_size=3, max_size=3)))
    for row, event in found:
        assert inverse.reverse(event, row) == row
        for present, _ in found:
            assert mapped(mapping, inverse.reverse(event, present)) == event


@pytest.mark.parametrize(("kind", "template"), WIDE, ids=[template for _, template in WIDE])
@generated
@given(data=st.data())
def test_columns_with_widths_give_equal_rows(kind: str, template: str, data: st.DataObject) -> None:
    """A declared width makes padding, trimming, casts and texts put together exact."""
    mapping = defined((kind, depth_one(template)))
    inverse = inverse_of(mapping)
    assert (inverse.exact == mapping.columns) == (template != BOTH_SIDES)
    for row, event in events(mapping, data.draw(st.lists(rows(mapping.columns), min_size=3, max_size=3))):
        back = inverse.reverse(event)
        assert back == row if inverse.exact == mapping.columns else mapped(mapping, back) == event


@settings(generated, max_examples=20 * PER_WORD)
@given(data=st.data())
def test_fields_that_share_columns_agree_on_them(data: st.DataObject) -> None:
    """Where a column makes two fields, both come back, or the column has no inverse and says why."""
    one = data.draw(st.sampled_from(DIRECT))
    two = data.draw(st.sampled_from([each for each in DIRECT if holes(each[1]) & holes(one[1])]))
    mapping = defined(*((kind, depth_one(template, "_n")) for kind, template in (one, two)))
    inverse = inverse_of(mapping)
    found = events(mapping, data.draw(st.lists(rows(mapping.columns), min_size=3, max_size=3)))
    for row, event in found:
        assert inverse.reverse(event, row) == row
        if not inverse.reasons:
            assert mapped(mapping, inverse.reverse(event)) == event


@pytest.mark.parametrize("suffix", ["", "_n"], ids=["never null", "nullable"])
@pytest.mark.parametrize(
    ("kind", "word", "template"), list(every_template()), ids=[each[2] for each in every_template()]
)
def test_each_template_shows_its_word_maps_the_sample_and_inverts(
    kind: str, word: str, template: str, suffix: str
) -> None:
    """No column of such words is without an inverse, and rows of all of them map, or the law says nothing."""
    mapping = defined((kind, depth_one(template, suffix)))
    inverse = inverse_of(mapping)
    nodes = [node for each in mapping.tree.expressions() for node in walk(each)]
    shown = {node.word for node in nodes if isinstance(node, Call)}
    assert word in shown or (word in {"given", "known"} and not suffix)
    event = mapped(mapping, sample())
    assert inverse.reasons == {}
    assert mapped(mapping, inverse.reverse(event)) == event


def test_every_rule_has_a_template_and_every_word_a_rule_or_a_reason() -> None:
    """The law holds for the whole vocabulary or it does not hold."""
    assert {word for _, word, _ in every_template()} == set(RULES)
    assert not set(RULES) & set(REASONS)
    assert set(RULES) | set(REASONS) >= set(STRICT) | set(WHOLE)
