"""What the indexes of the store's tables are called: in PostgreSQL no table can be called so beside them."""

from collections.abc import Mapping

from franca.model.shape import LONGEST_NAME, Shape
from franca.model.shortened import shortened

_KEY = "_pkey"


def key_index(entity: str) -> str:
    """Return what PostgreSQL calls the index of a table's key.

    >>> key_index("account")
    'account_pkey'
    """
    return entity[: LONGEST_NAME - len(_KEY)] + _KEY


def link_indexes(shape: Shape) -> Mapping[str, str]:
    """Return the fields of an entity that have an index, as they are links, by the indexes' names."""
    linked = [field.name for field in shape.fields if field.link]
    return {shortened(f"{shape.name}_{name}_link"): name for name in linked}
