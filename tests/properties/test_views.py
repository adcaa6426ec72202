"""Random events of linked entities: histories, moments and joins against a recomputation in Python."""

from collections import defaultdict
from typing import Annotated, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from franca.model.entity import Entity
from franca.model.markers import Key, Link
from tests.scenes import Scene, at

MINUTES = [half / 2 for half in range(-1, 15)]
GRID = ", ".join(
    f"({number}, TIMESTAMPTZ '{at(minute).isoformat()}')" for number, minute in enumerate(MINUTES)
)
HELD = "FROM (VALUES {grid}) AS g(n, t) JOIN {view} ON valid_from <= t AND (valid_to IS NULL OR t < valid_to)"


class Firm(Entity):
    """A firm that may belong to another, or to itself."""

    id: Key[str]
    name: str | None
    owner_id: Annotated[str | None, Link("Firm")]


class Person(Entity):
    """A person who may work for a firm, or for a person."""

    id: Key[str]
    name: str | None
    kind: str | None
    employer: Annotated[str | None, Link({"firm": Firm, "person": "Person"}, by="kind")]


KEYS = st.sampled_from(["A", "B"])
NAMES = st.sampled_from([None, "x", "y"])
LINKS = st.sampled_from([None, "A", "B", "missing"])
RANKS = st.tuples(st.integers(1, 6), st.integers(0, 6), st.integers(1, 2), st.booleans())
FIRMS = st.tuples(RANKS, st.fixed_dictionaries({"id": KEYS, "name": NAMES, "owner_id": LINKS}))
PERSONS = st.tuples(
    RANKS,
    st.fixed_dictionaries(
        {
            "id": KEYS,
            "name": NAMES,
            "kind": st.sampled_from([None, "firm", "person", "other"]),
            "employer": LINKS,
        }
    ),
)
Events = list[tuple[tuple[int, int, int, bool], dict[str, Any]]]
Rows = dict[str, dict[str, Any]]


def scene_of(firms: Events, persons: Events) -> Scene:
    """Return the scene of some events, in the order in which they came."""
    scene = Scene([Firm, Person])
    for entity, events in ((Firm, firms), (Person, persons)):
        for (sequence, minute, mapping, gone), fields in events:
            kept = {"id": fields["id"]} if gone else fields
            scene.add(entity, sequence, minute, mapping=mapping, gone=gone, **kept)
    return scene


def state(events: Events, minute: float) -> Rows:
    """Return the rows as they were: by key the last event, in order, whose latest time so far had come."""
    by_key: dict[str, dict[int, tuple[int, int, dict[str, Any] | None]]] = defaultdict(dict)
    for (sequence, time, mapping, gone), fields in events:
        known = by_key[fields["id"]].get(sequence)
        if known is None or mapping > known[0]:
            by_key[fields["id"]][sequence] = (mapping, time, None if gone else fields)
    rows: Rows = {}
    for key, sequences in by_key.items():
        latest, found = -1, None
        for _, (_, time, fields_or_none) in sorted(sequences.items()):
            latest = max(latest, time)
            if latest <= minute:
                found = fields_or_none
        if found is not None:
            rows[key] = found
    return rows


def joined(firms: Rows, persons: Rows) -> list[tuple[Any, ...]]:
    """Return each person with the names of the firm, that firm's owner, and of the person above."""
    found = []
    for person in persons.values():
        firm = firms.get(person["employer"]) if person["kind"] == "firm" else None
        above = persons.get(person["employer"]) if person["kind"] == "person" else None
        owner = firms.get(firm["owner_id"]) if firm else None
        names = [each["name"] if each else None for each in (firm, owner, above)]
        there = [each is not None for each in (firm, owner, above)]
        found.append((person["id"], person["name"], *names, *there))
    return found


COLUMNS = """id, name, firm_name, firm_owner_name, employer_person_name,
    firm_id IS NOT NULL, firm_owner_id_2 IS NOT NULL, employer_person_id IS NOT NULL"""


@settings(max_examples=12, deadline=None)
@given(st.lists(FIRMS, max_size=8), st.lists(PERSONS, max_size=8))
def test_histories_tell_each_moment(firms: Events, persons: Events) -> None:
    """At each moment a key has the one state that it had, alone and joined; the last is the current one."""
    with scene_of(firms, persons).lake() as lake:
        held = list(lake.query(f"SELECT n, id, name {HELD.format(grid=GRID, view='person_history')}").rows)
        sides = list(
            lake.query(f"SELECT n, {COLUMNS} {HELD.format(grid=GRID, view='person_joined_history')}").rows
        )
        empty = "SELECT count(*) FROM person_joined_history WHERE valid_to <= valid_from"
        assert list(lake.query(empty).rows) == [(0,)]
        last = "SELECT id, name, kind, _event_id FROM person_history WHERE valid_to IS NULL ORDER BY id"
        current = "SELECT id, name, kind, _event_id FROM person ORDER BY id"
        assert list(lake.query(last).rows) == list(lake.query(current).rows)
    for number, minute in enumerate(MINUTES):
        known = state(persons, minute)
        assert sorted((i, n or "") for each, i, n in held if each == number) == sorted(
            (row["id"], row["name"] or "") for row in known.values()
        )
        wanted = joined(state(firms, minute), known)
        got = [row for each, *row in sides if each == number]
        assert sorted(map(str, got)) == sorted(str(list(row)) for row in wanted)


@settings(max_examples=8, deadline=None)
@given(st.lists(FIRMS, max_size=8), st.lists(PERSONS, max_size=8), st.sampled_from(MINUTES))
def test_a_question_for_a_moment_sees_all_as_it_was(firms: Events, persons: Events, minute: float) -> None:
    """`as_of` and a whole question as of then agree with the recomputation, joins and counts too."""
    known, owners = state(persons, minute), state(firms, minute)
    scene = scene_of(firms, persons)
    sql = f"SELECT id, name FROM person_as_of('{at(minute).isoformat()}')"
    assert sorted(map(str, scene.ask(sql))) == sorted(str((r["id"], r["name"])) for r in known.values())
    with scene.lake(at(minute)) as lake:
        got = list(lake.query(f"SELECT {COLUMNS} FROM person_joined").rows)
        assert sorted(map(str, got)) == sorted(map(str, joined(owners, known)))
        counts = list(lake.query("SELECT id, firm_count, person_count FROM firm_with_counts").rows)
    wanted = {
        key: (
            sum(each["owner_id"] == key for each in owners.values()),
            sum(each["kind"] == "firm" and each["employer"] == key for each in known.values()),
        )
        for key in owners
    }
    assert {key: (own, staff) for key, own, staff in counts} == wanted
