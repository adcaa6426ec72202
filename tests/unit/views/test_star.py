"""Dimensions and facts: every fact finds its members, what is unknown too."""

from typing import Annotated

from franca.model.entity import Entity
from franca.model.markers import Key, Link
from tests.scenes import Scene, at


class Region(Entity):
    """Where shops are."""

    id: Key[str]
    name: str


class Shop(Entity, star="dimension"):
    """Where things are sold."""

    id: Key[str]
    region_id: Annotated[str | None, Link(Region)]


class Sale(Entity, star="fact"):
    """What was sold."""

    id: Key[int]
    amount: int
    shop_id: Annotated[str | None, Link(Shop)]


class Partner(Entity):
    """That two shops work together: many to many."""

    one_id: Annotated[Key[str], Link(Shop)]
    other_id: Annotated[Key[str], Link(Shop)]
    since: int


def scene() -> Scene:
    """Return sales in a shop, in one that is deleted, in none and in one that never was."""
    found = Scene([Region, Shop, Sale, Partner])
    found.add(Region, 1, 0, id="N", name="North")
    found.add(Region, 2, 20, id="N", name="Far North")
    found.add(Shop, 1, 10, id="A", region_id="N")
    found.add(Shop, 1, 10, id="B", region_id=None)
    found.add(Shop, 2, 30, id="B", gone=True)
    for number, shop in enumerate(("A", "A", "B", None, "never"), 1):
        found.add(Sale, number, 15, id=number, amount=number, shop_id=shop)
    found.add(Partner, 1, 15, one_id="A", other_id="B", since=7)
    return found


def test_no_fact_is_lost_in_an_inner_join() -> None:
    """A null link and a missing target point to the unknown member, which every dimension has once."""
    sql = """SELECT region_name, sum(amount) FROM fact_sale JOIN dim_shop USING (shop_key)
        GROUP BY ALL ORDER BY 1"""
    assert scene().ask(sql) == [("Far North", 3), (None, 12)]
    assert scene().ask("SELECT count(*) FROM dim_shop WHERE shop_key = '(unknown)'") == [(1,)]


def test_a_fact_may_look_a_dimension_up_as_it_was() -> None:
    """At the time of the fact, with what the dimension's links led to then."""
    sql = """SELECT f.id, d.region_name FROM fact_sale f JOIN dim_shop_history d
        ON d.shop_key = f.shop_key AND d.valid_from <= f._changed_at
        AND (d.valid_to IS NULL OR f._changed_at < d.valid_to) ORDER BY 1"""
    assert scene().ask(sql) == [(1, "North"), (2, "North"), (3, None), (4, None), (5, None)]


def test_many_to_many_is_the_linking_entitys_view() -> None:
    """Each pair is a row, with both sides; at a moment with both as they were."""
    sql = "SELECT one_region_id, other_id, other_id_2, since FROM partner_joined"
    assert scene().ask(sql) == [("N", "B", None, 7)]
    assert scene().ask(sql, at(20)) == [("N", "B", "B", 7)]
    counts = "SELECT id, partner_one_count, partner_other_count FROM shop_with_counts"
    assert scene().ask(counts) == [("A", 1, 0)]
