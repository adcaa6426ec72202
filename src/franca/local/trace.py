"""The trace of a bug as it may stand in a log: where it happened, without what foreign errors say of it."""

import traceback

from franca.errors import FrancaError


def trace_of(error: BaseException) -> str:
    """Return the trace of an error and of those that led to it.

    Of errors that are not franca's the text is left out: it often quotes the value at which it happened,
    which may be personal.
    """
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    before = "" if cause is None else f"{trace_of(cause)}\nwhich led to:\n"
    told = f": {error}" if isinstance(error, FrancaError) else " (its text is in the log at level debug)"
    return f"{before}{''.join(traceback.format_tb(error.__traceback__))}{type(error).__qualname__}{told}"
