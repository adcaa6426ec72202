"""Patterns on whose repetitions engines agree, and those on which they do not."""

import pytest

from franca.mapping.sql.regex import has_empty_turns


@pytest.mark.parametrize(
    ("pattern", "group", "differs"),
    [
        ("((.)?)+", 1, True),
        ("((.)?)+", 0, False),
        ("(?:a*|b)*", 0, True),
        ("(?:(?:a??)*|b)c", 0, True),
        ("(a|bb)+|(c?)d", 2, False),
        ("(a?)?b{2}", 1, False),
        ("(?:a?b*)+(c)", 1, False),
    ],
)
def test_what_is_repeated_and_may_be_empty_is_told(pattern: str, group: int, *, differs: bool) -> None:
    """Where it shows: in the group that is asked for, or by the alternative that it takes."""
    assert has_empty_turns(pattern, group) is differs
