"""What stands in an annotation says something, or is another library's."""

from decimal import Decimal
from typing import Annotated

import pytest

from franca.errors import DefinitionError
from franca.model.entity import Entity
from franca.model.markers import Digits, Key, Link, Pii
from franca.model.shape import shape_of
from franca.model.tests import NotNull


def test_an_annotation_that_says_nothing_to_franca_is_left_alone() -> None:
    """Other libraries put theirs there."""

    class Annotations(Entity):
        """An entity with another library's mark."""

        id: Annotated[Key[str], 5]

    assert [field.key for field in shape_of(Annotations).fields] == [True]


def test_a_mark_that_says_nothing_as_it_is_written_is_refused() -> None:
    """Personal data must not be shown for the want of a bracket."""

    class Marked(Entity):
        """An entity with each mark's class in place of a mark."""

        id: Annotated[str, Key]
        name: Annotated[str | None, Pii]
        balance: Annotated[Decimal, Digits]
        party: Annotated[str, Link, NotNull]

    with pytest.raises(DefinitionError) as caught:
        shape_of(Marked)
    assert [(problem.path.partition(".")[2], problem.remedy) for problem in caught.value.problems] == [
        ("id", "write Key around the type: `Key[str]`"),
        ("name", "write Pii around the type: `Pii[str]`"),
        ("balance", "write Digits(…)"),
        ("party", "write Link(…)"),
        ("party", "write NotNull(…)"),
        ("", "mark one field or several: `id: Key[str]`"),
    ]
