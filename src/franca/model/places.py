"""Finds the file and line where a class or one of its fields is written."""

import inspect
import re
from dataclasses import replace

from franca.errors import Problem


def placed(problem: Problem, cls: type) -> Problem:
    """Return the problem with the place of its class, or of the field that its path names."""
    try:
        file = inspect.getsourcefile(cls) or ""
        lines, start = inspect.getsourcelines(cls)
    except (OSError, TypeError):
        return problem
    name = problem.path.removeprefix(f"{cls.__name__}.").removesuffix("[]")
    field = re.compile(rf"\s+{re.escape(name)}\s*:")
    offset = next((number for number, line in enumerate(lines) if field.match(line)), 0)
    return replace(problem, file=file, line=start + offset)
