"""The error tree in the docstring of errors.py is the tree in the code."""

import inspect
import re

from franca import errors


def _drawn(text: str) -> dict[str, str]:
    """Return each drawn error's parent, by the depth of its line."""
    parents: dict[str, str] = {}
    above: list[tuple[int, str]] = []
    for line in text.splitlines():
        found = re.match(r"^([│├└─ ]*)(\w+Error)\b", line)
        if not found:
            continue
        depth, name = len(found[1]), found[2]
        above = [(d, n) for d, n in above if d < depth]
        if above:
            parents[name] = above[-1][1]
        above.append((depth, name))
    return parents


def test_the_drawing_and_the_code_agree() -> None:
    """Whoever reads the drawing knows every error and its branch."""
    classes = [c for _, c in inspect.getmembers(errors, inspect.isclass) if issubclass(c, errors.FrancaError)]
    coded = {c.__name__: c.__bases__[0].__name__ for c in classes if c is not errors.FrancaError}
    assert _drawn(errors.__doc__ or "") == coded
