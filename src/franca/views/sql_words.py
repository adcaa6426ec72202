"""Which names are words of SQL, so that who writes it has to put them in double quotes."""

_WORDS = """
all analyse analyze and anti any array as asc asof asymmetric at authorization binary both by case cast check
collate collation column concurrently constraint create cross current_catalog current_date current_role
current_schema current_time current_timestamp current_user default deferrable desc describe distinct do else
end except false fetch for foreign freeze from full glob grant group having ilike in initially inner intersect
into is isnull join lambda lateral leading left like limit localtime localtimestamp natural not notnull null
offset on only or order outer overlaps pivot pivot_longer pivot_wider placing positional primary qualify
references returning right select semi session_user show similar some summarize symmetric system_user table
tablesample then to trailing true union unique unpack unpivot user using variadic verbose when where window
with
"""

WORDS = frozenset(_WORDS.split())
"""What DuckDB or PostgreSQL takes for its own word where it is a table's or column's name without quotes."""
