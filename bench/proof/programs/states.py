"""The bank's current state: what its two tables have, whoever keeps them."""

STATE = ("_sequence", "_mapping", "_event_id", "_origin", "_changed_at")
"""The columns that tell where a row comes from, as in franca's snapshot."""

KEYS = {"individual": "id", "customer": "customer_number"}


def newest(name: str, query: str, fields: tuple[str, ...]) -> str:
    """Return the query of the newest row of each key; `query` makes a row of each change in `cust`."""
    columns = ", ".join((*STATE, *fields))
    rank = f"row_number() OVER (PARTITION BY {KEYS[name]} ORDER BY _sequence DESC)"
    made = f"SELECT *, {rank} AS rank_of_key FROM ({query} FROM cust) AS made"
    return f"SELECT {columns} FROM ({made}) AS ranked WHERE rank_of_key = 1"
