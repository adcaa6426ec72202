"""Why a value does not fit its column, before anybody has said which column it is."""


class Unfit(Exception):  # noqa: N818  # it never leaves formats, where it becomes a DecodeError with its path
    """The reason, which reads on after a column's name and holds no value, and the stable code."""

    def __init__(self, reason: str, code: str) -> None:
        self.reason = reason
        self.code = code
        super().__init__(reason)
