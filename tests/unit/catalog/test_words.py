"""A statement's words, whatever stands in it."""

import pytest

from franca.catalog.ddl.words import words_of


@pytest.mark.parametrize("text", ["", " ", "RENAME", "EXEC\n"])
def test_what_says_little_has_few_words(text: str) -> None:
    """A column of SQLite may have no type at all, and a statement may end after its first word."""
    assert [word.text for word in words_of(text, "sqlite").rest()] == text.split()
