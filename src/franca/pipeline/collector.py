"""Python's garbage collector, while millions of records pass."""

import atexit
import gc

_FEW = (200_000, 50, 100)
"""A batch's messages hold no cycles; looking for some among them cost a seventh of the lake's time."""


def rest() -> None:
    """Let the collector pass over what is loaded by now, and look seldom, in the whole process.

    When the process ends all is looked at again: else libraries complain on standard error of leaks.
    """
    atexit.register(gc.unfreeze)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_FEW)
