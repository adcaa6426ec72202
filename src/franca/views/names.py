"""The names that franca gives: each at most once in its place, none longer than PostgreSQL keeps."""

from collections.abc import Iterable
from hashlib import sha256

from franca.model.shape import LONGEST_NAME

_BEGIN, _DIGEST, _END = 37, 8, 16


def shortened(name: str) -> str:
    """Return a name of at most 63 bytes: of a longer one beginning and end, a digest of all of it between.

    >>> shortened("customer_status"), len(shortened("a" * 64))
    ('customer_status', 63)
    """
    if len(name.encode()) <= LONGEST_NAME:
        return name
    digest = sha256(name.encode()).hexdigest()[:_DIGEST]
    return f"{name[:_BEGIN]}_{digest}_{name[-_END:]}"


class Names:
    """The names that are taken in one place: the columns of a view, or all views and entities."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)

    def __contains__(self, name: str) -> bool:
        return name in self._taken

    def take(self, wanted: str) -> str:
        """Return the wanted name, shortened where it is too long, with a number behind it where it is taken.

        >>> names = Names(["status"])
        >>> names.take("status"), names.take("status"), names.take("name")
        ('status_2', 'status_3', 'name')
        """
        name, number = shortened(wanted), 1
        while name in self._taken:
            number += 1
            name = shortened(f"{wanted}_{number}")
        self._taken.add(name)
        return name
