"""How a word fails on a row: a code, what was expected, and the value, which only the caller may show."""


class Failed(Exception):  # noqa: N818  # it is a message from a word to the mapping, not an error for users
    """A value of the row that a word has no answer for."""

    def __init__(self, code: str, expected: str, value: object) -> None:
        self.code = code
        self.expected = expected
        self.value = value
        super().__init__(code)


class Absent(Exception):  # noqa: N818  # as above
    """The row lacks a column that the mapping mentions."""
