"""The views in a real store: as the lake answers them, and never in the way of what others made."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Annotated, Any
from uuid import UUID

import psycopg
import pytest

from franca.errors import DefinitionError
from franca.model.entity import Entity
from franca.model.markers import Key, Link, Pii
from franca.model.shape import shape_of
from franca.model.views import DeclaredView, view
from franca.sinks.postgres_migration import drop
from franca.sinks.postgres_table import EntityTable, prepare
from franca.views.catalogue import Catalogue
from franca.views.plan import plan
from franca.views.store_views import apply_views
from tests.conftest import Database
from tests.scenes import Scene

pytestmark = pytest.mark.services

UUID_TEXT = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
SHIFT = "2026-03-01T00:00:00.000000Z/10:30:00.500000"


class Branch(Entity, star="dimension"):
    """A branch of a bank."""

    bank: Key[str]
    number: Key[int]
    token: UUID | None = None


class Staff(Entity, star="dimension"):
    """Who works there, under whom."""

    id: Key[int]
    name: Annotated[Pii[str | None], "As it is spoken."]
    boss_id: Annotated[int | None, Link("Staff")]
    branch: Annotated[str | None, Link(Branch)]


class Shift(Entity, star="dimension"):
    """When one works: its keys' texts are others in PostgreSQL than in events."""

    day: Key[datetime]
    hour: Key[time]


class Case(Entity, star="fact"):
    """What is worked on: by one of the staff, or by a branch."""

    id: Key[UUID]
    kind: str | None
    who: Annotated[str | None, Link({"staff": Staff, "branch": Branch}, by="kind")]
    order: Annotated[str | None, Link("Case")] = None
    shift: Annotated[str | None, Link(Shift)] = None


ENTITIES: list[type[Entity]] = [Branch, Staff, Shift, Case]


def scene() -> Scene:
    """Return a scene with links to what is there, to what is deleted and to what never was."""
    found = Scene(ENTITIES)
    found.add(Branch, 1, bank="a/b%", number=1, token=UUID_TEXT)
    found.add(Branch, 2, bank="c", number=2)
    found.add(Branch, 3, bank="c", number=2, gone=True)
    for key, boss, branch in ((1, 1, "a%2Fb%25/1"), (2, 1, "c/2"), (3, 7, None), (4, 2, "a%2Fb%25/1")):
        found.add(Staff, key, id=key, name=f"n{key}", boss_id=boss, branch=branch)
    found.add(Shift, 1, day=datetime(2026, 3, 1, tzinfo=UTC), hour="10:30:00.500000")
    found.add(Case, 1, id=UUID_TEXT, kind="staff", who="2", order=UUID_TEXT, shift=SHIFT)
    found.add(Case, 2, id=UUID_TEXT.replace("6", "7"), kind="branch", who="a%2Fb%25/1")
    found.add(Case, 3, id=UUID_TEXT.replace("6", "8"), kind="nobody", who="2")
    return found


@dataclass
class Store:
    """The scene's current rows in a database."""

    dsn: str

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of an answer."""
        with psycopg.connect(self.dsn) as connection:
            return connection.execute(sql.encode()).fetchall()

    def do(self, sql: str) -> None:
        """Carry out a statement."""
        with psycopg.connect(self.dsn) as connection:
            connection.execute(sql.encode())

    def apply(
        self, entities: Sequence[type[Entity]] = ENTITIES, *, dry_run: bool = False, **own: DeclaredView
    ) -> dict[str, str]:
        """Make the views of some entities and the declared ones; return what was done with each."""
        views = plan([shape_of(entity) for entity in entities], ENTITIES, own)
        origins = {("staff", "name"): ["crm.cust.FNAME"]}
        return dict(apply_views(self.dsn, "public", views, origins, dry_run=dry_run))


@pytest.fixture
def store(postgres: Database) -> Store:
    """Give a store that holds what the lake's current views do."""
    with psycopg.connect(postgres.dsn) as connection, scene().lake() as lake:
        prepare(connection, [EntityTable(shape_of(entity), "public") for entity in ENTITIES])
        for entity in ENTITIES:
            columns, rows = lake.query(f'SELECT * FROM "{shape_of(entity).name}"')
            names = ", ".join(f'"{name}"' for name in columns)
            places = ", ".join(["%s"] * len(columns))
            statement = f'INSERT INTO "{shape_of(entity).name}" ({names}) VALUES ({places})'
            for row in rows:
                connection.execute(statement.encode(), row)
    return Store(postgres.dsn)


def test_the_store_answers_as_the_lake_does(store: Store) -> None:
    """Joins over self-links, keys of several fields, other types, chosen targets; and counts."""
    made = store.apply()
    assert set(made.values()) == {"created"}
    wanted = {"staff_joined", "case_joined", "staff_with_counts", "branch_with_counts"}
    assert wanted | {"dim_staff", "dim_branch", "fact_case"} <= set(made)
    with scene().lake() as lake:
        for name in made:
            answer = lake.query(f'SELECT * FROM "{name}"')
            columns = ", ".join(f'"{column}"' for column in answer.columns)
            rows = store.ask(f'SELECT {columns} FROM "{name}"')
            assert sorted(map(_texts, rows)) == sorted(map(_texts, answer.rows)), name
            assert rows
    sql = "SELECT id, staff_count, case_count FROM staff_with_counts ORDER BY id"
    assert store.ask(sql) == [(1, 2, 0), (2, 1, 1), (3, 0, 0), (4, 0, 0)]
    sql = "SELECT bank, number, staff_count, case_count FROM branch_with_counts"
    assert store.ask(sql) == [("a/b%", 1, 2, 1)]
    assert store.ask("SELECT shift_key FROM fact_case WHERE shift IS NOT NULL") == [(SHIFT,)]


class Day(Entity):
    """A day, and the one before."""

    day: Key[date]
    before: Annotated[str | None, Link("Day")] = None


def test_days_are_the_texts_that_events_have_in_whatever_style_the_session_writes_them(store: Store) -> None:
    """The views are read in sessions of others: one may have a style of its own."""
    with psycopg.connect(store.dsn) as connection:
        prepare(connection, [EntityTable(shape_of(Day), "public")])
        connection.execute(
            "INSERT INTO day (day, before) VALUES ('2026-03-01', '2026-02-28'), ('2026-02-28', NULL)"
        )
        connection.execute(f"ALTER DATABASE {connection.info.dbname} SET datestyle = 'German'".encode())
    views = plan([shape_of(Day)], [Day])
    apply_views(store.dsn, "public", views, {})
    sql = "SELECT day::text, before_day::text FROM day_joined ORDER BY day_joined.day"
    assert store.ask(sql) == [("28.02.2026", None), ("01.03.2026", "28.02.2026")]
    assert [count for (count,) in store.ask("SELECT day_count FROM day_with_counts ORDER BY day")] == [1, 0]


def _texts(row: Sequence[Any]) -> list[str]:
    return [str(value) for value in row]


def test_applying_again_changes_nothing_and_a_new_model_what_it_must(store: Store) -> None:
    """Views that are the same are kept; what a model no longer gives is dropped; a dry run does nothing."""
    store.apply()
    assert set(store.apply().values()) == {"kept"}
    planned = store.apply([Branch, Staff], dry_run=True)
    assert (planned["case_joined"], planned["branch_with_counts"]) == ("dropped", "replaced")
    assert set(store.apply().values()) == {"kept"}
    store.do("CREATE VIEW public.mine AS SELECT id FROM staff_joined")
    assert store.apply([Branch, Staff]) == planned
    assert store.ask("SELECT count(*) FROM public.mine") == [(4,)]


def test_what_others_made_stays(store: Store) -> None:
    """A table, a view, or a view of franca's that somebody changed: nothing is done, and it says which."""
    store.do("CREATE TABLE public.staff_joined (mine int)")
    with pytest.raises(DefinitionError, match=r"public.staff_joined: is there, and franca did not make it"):
        store.apply()
    assert store.ask("SELECT to_regclass('case_joined')") == [(None,)]
    store.do("DROP TABLE public.staff_joined")
    store.apply()
    store.do("DROP VIEW staff_with_counts; CREATE VIEW public.staff_with_counts AS SELECT 1 AS mine")
    with pytest.raises(DefinitionError, match="is not as franca made it"):
        store.apply()


def test_a_view_that_somebody_reads_is_not_dropped(store: Store) -> None:
    """The refusal names who reads it, and all stays as it was."""
    store.apply()
    store.do("CREATE VIEW public.mine AS SELECT id FROM case_joined")
    with pytest.raises(DefinitionError, match=r"view (public.)?mine depends on view case_joined"):
        store.apply([Branch, Staff])
    assert set(store.apply().values()) == {"kept"}


WITHOUT_CASES: list[type[Entity]] = [Branch, Staff]
"""What leaves `branch_with_counts` without one of its columns, so that it has to be dropped."""
PER_BANK = "select bank, sum(staff_count) as staff from branch_with_counts group by bank"


def test_what_reads_a_view_that_is_made_anew_is_no_obstacle_where_franca_made_it(store: Store) -> None:
    """Readers are known from the store: a model may no longer give them, or have them read something else."""
    top = view("select staff from per_bank")
    assert store.apply(per_bank=view(PER_BANK), top=top)["top"] == "created"
    planned = store.apply(WITHOUT_CASES, dry_run=True)
    assert (planned["per_bank"], planned["top"], planned["branch_with_counts"]) == (
        "dropped",
        "dropped",
        "replaced",
    )
    other = view("select bank, count(*) as staff from branch group by bank")
    made = store.apply(WITHOUT_CASES, per_bank=other, top=top)
    assert (made["per_bank"], made["top"]) == ("replaced", "replaced")
    assert store.ask("SELECT staff FROM top") == [(1,)]
    store.apply(per_bank=view(PER_BANK), top=top)
    assert store.apply(WITHOUT_CASES) == planned
    assert store.apply()["branch_with_counts"] == "replaced"


def test_views_may_change_which_reads_the_other(store: Store) -> None:
    """Whatever each read before, it is made behind what it reads now."""
    store.apply(low=view("select id from staff"), high=view("select id, 1 as one from low"))
    high, low = view("select name as told from staff"), view("select told from high")
    made = store.apply(low=low, high=high)
    assert (made["low"], made["high"]) == ("replaced", "replaced")
    assert sorted(store.ask("SELECT told FROM low")) == [("n1",), ("n2",), ("n3",), ("n4",)]
    assert set(store.apply(low=low, high=high).values()) == {"kept"}


def test_others_between_franca_s_views_are_an_obstacle(store: Store) -> None:
    """A reader that somebody else made, and an older view of franca's that somebody changed."""
    store.apply(per_bank=view(PER_BANK))
    store.do("CREATE VIEW public.mine AS SELECT staff FROM per_bank")
    with pytest.raises(DefinitionError, match=r"view (public.)?mine depends on view per_bank; drop what"):
        store.apply(WITHOUT_CASES)
    store.do("DROP VIEW mine")
    store.do(
        "CREATE OR REPLACE VIEW public.per_bank AS SELECT bank, 1::numeric AS staff FROM branch_with_counts"
    )
    with pytest.raises(DefinitionError, match=r"view per_bank depends on view branch_with_counts; drop what"):
        store.apply(WITHOUT_CASES)
    assert store.ask("SELECT DISTINCT staff FROM per_bank") == [(1,)]


ALLOWED = """SELECT c.relname, pg_get_userbyid(c.relowner), c.reloptions::text, c.relacl::text, columns::text
    FROM pg_class c CROSS JOIN LATERAL (SELECT array_agg(attname || attacl::text) AS columns
        FROM pg_attribute WHERE attrelid = c.oid AND attacl IS NOT NULL) a
    WHERE c.relname IN ('branch_with_counts', 'per_bank') ORDER BY 1"""


def test_what_is_allowed_on_a_view_stays_where_it_is_made_anew(store: Store) -> None:
    """Grants, those on columns too, owner and options; and nothing is allowed that was not before."""
    per_bank = view(PER_BANK)
    store.apply(per_bank=per_bank)
    store.do("""CREATE ROLE "Reader 1"; CREATE ROLE writer; GRANT CREATE ON SCHEMA public TO writer;
        GRANT SELECT ON branch_with_counts TO "Reader 1"; GRANT SELECT (bank) ON per_bank TO PUBLIC;
        GRANT SELECT, UPDATE (staff) ON per_bank TO writer WITH GRANT OPTION;
        REVOKE DELETE ON per_bank FROM CURRENT_USER;
        ALTER VIEW branch_with_counts OWNER TO writer;
        ALTER VIEW branch_with_counts SET (security_invoker = true, security_barrier = true);
        ALTER DEFAULT PRIVILEGES GRANT INSERT ON TABLES TO PUBLIC""")
    allowed = store.ask(ALLOWED)
    assert allowed[0][1:3] == ("writer", "{security_invoker=true,security_barrier=true}")
    made = store.apply(WITHOUT_CASES, per_bank=per_bank)
    assert (made["branch_with_counts"], made["per_bank"]) == ("replaced", "replaced")
    assert sorted(map(_parts, store.ask(ALLOWED))) == sorted(map(_parts, allowed))
    store.apply(WITHOUT_CASES, per_bank=view(PER_BANK.replace("sum", "1 + sum")))
    assert sorted(map(_parts, store.ask(ALLOWED))) == sorted(map(_parts, allowed))


def _parts(row: tuple[Any, ...]) -> list[list[str]]:
    """Return what is told in braces without its order."""
    return [sorted(str(value).strip("{}").split(",")) for value in row]


def test_all_are_dropped_by_a_catalogue_without_views(store: Store) -> None:
    """What somebody else made stays, and so do the tables."""
    made = store.apply()
    store.do("CREATE VIEW public.mine AS SELECT id FROM staff")
    assert apply_views(store.dsn, "public", Catalogue(()), {}, dry_run=True)
    assert set(store.apply().values()) == {"kept"}
    dropped = apply_views(store.dsn, "public", Catalogue(()), {})
    assert {(step.view, step.done) for step in dropped} == {(name, "dropped") for name in made}
    assert store.ask("SELECT count(*) FROM mine") == store.ask("SELECT count(*) FROM staff")


def test_a_missing_table_is_named(postgres: Database) -> None:
    """The entities' tables are made by the pipeline into the store, not by views."""
    with pytest.raises(DefinitionError, match=r"public.branch: is not there; `franca run store`"):
        Store(postgres.dsn).apply()


def test_a_view_of_an_earlier_model_is_no_table(store: Store) -> None:
    """No view is made of what goes in the same step: an entity that is called so needs its table first."""
    store.do("DROP TABLE shift")
    shapes = [shape_of(Staff), shape_of(Branch)]
    earlier = plan(shapes, [Staff, Branch], {"shift": view("select id as day, name as hour from staff")})
    assert dict(apply_views(store.dsn, "public", earlier, {}))["shift"] == "created"
    with pytest.raises(
        DefinitionError, match=r"public.shift: is a view of an earlier model still, .* --drop"
    ):
        store.apply()


def test_a_column_that_a_table_lacks_is_named(store: Store) -> None:
    """Before it is migrated; where no view reads it, nothing is in the way."""
    store.do("ALTER TABLE staff DROP COLUMN name")
    with pytest.raises(DefinitionError) as caught:
        store.apply()
    (problem,) = caught.value.problems
    assert str(problem) == "public.staff.name: is missing in the table; run `franca migrate`"
    assert store.apply([Branch, Case])["case_joined"] == "created"


def test_a_column_that_only_another_table_gives_is_not_missing(store: Store) -> None:
    """Though it has the name of one that the table lacks."""
    store.do("ALTER TABLE staff DROP COLUMN name")
    own = view("select t.name from (select s.id as name from staff s join branch b on b.bank = s.branch) t")
    views = plan([shape_of(entity) for entity in ENTITIES], ENTITIES, {"ids": own})
    alone = Catalogue(views.shapes, [views.view("ids")])
    assert dict(apply_views(store.dsn, "public", alone, {})) == {"ids": "created"}


def test_an_account_that_may_not_is_told_so(store: Store) -> None:
    """Its views' SQL is not to blame."""
    store.apply()
    store.do("""CREATE ROLE other LOGIN PASSWORD 'x';
        DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO other', current_database()); END $$;
        GRANT ALL ON SCHEMA franca, public TO other;
        GRANT ALL ON franca.views TO other; GRANT ALL ON ALL TABLES IN SCHEMA public TO other""")
    other = Store(psycopg.conninfo.make_conninfo(store.dsn, user="other", password="x"))
    with pytest.raises(
        DefinitionError, match=r"^views: this account may not make them: must be owner of view "
    ):
        other.apply(per_bank=view(PER_BANK))


def test_descriptions_and_marks_come_along(store: Store) -> None:
    """What the model says of a field stands beside the view's column, personal marks and lineage too."""
    store.apply()
    sql = """SELECT col_description('staff_joined'::regclass, attnum) FROM pg_attribute
        WHERE attrelid = 'staff_joined'::regclass AND attname = 'boss_name'"""
    assert store.ask(sql) == [("As it is spoken. Personal data. From crm.cust.FNAME.",)]
    (told,) = store.ask("SELECT obj_description('staff_joined'::regclass)")[0]
    assert "boss leads back to staff: no further" in told


def test_a_table_that_a_view_reads_is_not_dropped(store: Store) -> None:
    """Ending a version says what is in the way, and that franca's own views go with the model."""
    store.apply()
    with pytest.raises(DefinitionError, match=r"is still read: view .*; `franca views apply` drops franca's"):
        drop(store.dsn, "public", "case")
    store.apply([Branch, Staff])
    drop(store.dsn, "public", "case")
    assert store.ask("SELECT to_regclass('public.case')") == [(None,)]


def test_a_declared_view_is_made_and_a_wrong_one_is_named(store: Store) -> None:
    """It may read a view that stands after it; SQL that PostgreSQL does not take undoes everything.

    Declared for the lake alone, it is in no other's way.
    """
    shapes = [shape_of(entity) for entity in ENTITIES]
    bosses = view("select boss_name, count(*) as staff from staff_joined group by boss_name")
    views = plan(shapes, ENTITIES, {"a_bosses": bosses})
    assert dict(apply_views(store.dsn, "public", views, {}))["a_bosses"] == "created"
    assert store.ask("SELECT * FROM a_bosses ORDER BY 1") == [("n1", 2), ("n2", 1), (None, 1)]
    sql = "select list_zip([id], [id]) as ids from staff"
    with pytest.raises(DefinitionError, match=r'wrong: PostgreSQL does not take its .*: places=\["lake"\]'):
        store.apply(a_bosses=bosses, wrong=view(sql))
    assert store.apply(a_bosses=bosses, wrong=view(sql, places=["lake"]))["a_bosses"] == "kept"
    assert store.apply()["a_bosses"] == "dropped"


def test_what_only_duckdb_has_is_written_as_the_store_takes_it(store: Store) -> None:
    """Unions by name and functions behind a dot, with the lake's answer."""
    everybody = """select name, id from staff
        union all by name select number as place, bank as name from branch
        union by name select 'nobody' as name"""
    loud = "select s.name.upper() as loud, name.length() as wide from staff s"
    own = {"everybody": view(everybody), "loud": view(loud)}
    views = plan([shape_of(entity) for entity in ENTITIES], ENTITIES, own)
    apply_views(store.dsn, "public", views, {})
    with scene().lake() as lake:
        lake.define(views)
        for name in own:
            answer = lake.query(f'SELECT * FROM "{name}"')
            rows = store.ask(f'SELECT {", ".join(answer.columns)} FROM "{name}"')
            assert sorted(map(_texts, rows)) == sorted(map(_texts, answer.rows))
            assert rows
