"""The names that franca gives: each at most once in its place, none longer than PostgreSQL keeps."""

from collections.abc import Iterable

from franca.model.shortened import shortened


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
