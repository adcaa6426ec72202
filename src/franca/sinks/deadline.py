"""A time limit for calls of a client library that do not keep to their own."""

import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def within(seconds: float, call: Callable[[], T]) -> T:
    """Return what the call returns, or raise what it raises; TimeoutError where it takes longer.

    A call that takes longer goes on in a thread of its own: whatever it works with must not be used again.

    >>> within(1.0, lambda: 6 * 7)
    42
    """
    results: list[T] = []
    errors: list[BaseException] = []
    done = threading.Event()

    def run() -> None:
        try:
            results.append(call())
        except BaseException as error:  # noqa: BLE001 - it is raised where it was asked for
            errors.append(error)
        done.set()

    threading.Thread(target=run, daemon=True, name="within").start()
    if not done.wait(seconds):
        raise TimeoutError(f"no answer in {seconds:.0f} s")
    if errors:
        raise errors[0]
    return results[0]
