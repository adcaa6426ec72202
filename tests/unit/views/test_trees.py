"""The relations that a query reads are found wherever they stand, and its own parts are none of them."""

import pytest
from sqlglot import exp, parse_one

from franca.views.trees import DIALECT, tables


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("SELECT * FROM a JOIN b USING (k)", "a b"),
        ("WITH a AS (SELECT * FROM a) SELECT * FROM a", "a"),
        ("WITH A AS (SELECT * FROM c), d AS (SELECT * FROM a) SELECT * FROM d, e", "c e"),
        ("WITH d AS (SELECT * FROM a), a AS (SELECT * FROM c) SELECT * FROM d, a", "a c"),
        ("WITH RECURSIVE r AS (SELECT 1 i UNION ALL SELECT i + 1 FROM r) SELECT * FROM r, k", "k"),
        (
            "WITH RECURSIVE a AS (FROM a), r AS (SELECT 1 i UNION FROM r) SELECT * FROM a, r",
            "a",
        ),
        ("WITH RECURSIVE a AS (SELECT * FROM b), b AS (SELECT 1 x) SELECT * FROM a", "b"),
        ("WITH a AS (SELECT 1 x) SELECT * FROM s.a", "a"),
        ("WITH c AS (SELECT * FROM a) SELECT * FROM c PIVOT (sum(x) FOR y IN (1, 2))", "a"),
        ("SELECT * FROM (WITH c AS (SELECT * FROM a) SELECT * FROM c), c", "a c"),
        ("SELECT * FROM t WHERE x > (WITH y AS (SELECT * FROM o) SELECT max(z) FROM y)", "o t"),
        ("SELECT * FROM unnest((SELECT list(x) FROM z))", "z"),
        ("SELECT * FROM t, unnest(t.xs) AS u(x), LATERAL (SELECT * FROM b WHERE b.x = u.x)", "b t"),
    ],
)
def test_what_a_query_reads(sql: str, names: str) -> None:
    """A part is seen by those behind it and by the query itself, and by itself where it recurs."""
    tree = parse_one(sql, dialect=DIALECT)
    assert isinstance(tree, exp.Query)
    assert sorted(relation.name for relation in tables(tree)) == names.split()
