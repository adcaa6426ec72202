"""What the lake's tables need so that they stay fast, and when: fold, put together, remove."""

import shutil
import time
from pathlib import Path
from typing import NamedTuple

from franca.lake.compaction import compact
from franca.lake.condition import Condition, condition
from franca.lake.fold import fold
from franca.lake.location import Options
from franca.lake.newest import told
from franca.lake.vacuum import vacuum
from franca.model.shape import Shape

FEWEST_EVENTS = 10_000
FEWEST_FILES = 60
_VACUUM_SECONDS = 24 * 3600
_FORGOTTEN_SECONDS = 24 * 3600


class Policy(NamedTuple):
    """When something is due: a fold at this share of the snapshot's rows, a vacuum of what is so old."""

    fold_share: float = 0.2
    keep_hours: int = 24


def due(found: Condition, policy: Policy) -> list[str]:
    """Return what an entity's tables need now, `fold` and `compact` among it."""
    rows = found.snapshot.rows if found.snapshot else 0
    needs = []
    if found.unfolded >= max(FEWEST_EVENTS, policy.fold_share * rows):
        needs.append("fold")
    if found.small_files >= FEWEST_FILES:
        needs.append("compact")
    return needs


def tend(lake_url: str, shape: Shape, options: Options, scratch: Path, policy: Policy) -> list[str]:
    """Do what is due for an entity, and return it in words. Raises UnavailableError, DefinitionError."""
    done = []
    _clean(scratch)
    needs = due(condition(lake_url, shape, options), policy)
    if "compact" in needs:  # and then fold: what was sorted for the one is merged by the other
        compacted = compact(lake_url, shape, options, scratch)
        done.append(f"made {compacted.after} files of {compacted.before}")
    if "fold" in needs:
        folded = fold(lake_url, shape, options, scratch)
        done.append(f"folded {folded.events} events" if folded.is_done else "another fold was quicker")
    mark = scratch / f"{shape.name}.vacuumed"
    age = _age(mark)
    if age is None or not 0 <= age <= _VACUUM_SECONDS:  # a clock may have been ahead
        removed = vacuum(lake_url, shape, options, policy.keep_hours)
        with told():
            scratch.mkdir(parents=True, exist_ok=True)
            mark.touch()
        done += [f"removed {len(removed)} files"] if removed else []
    return done


def _clean(scratch: Path) -> None:
    """Remove what was left on disk by those who were killed a day ago or longer.

    A clock that is set back a little makes nobody's work old, and others end theirs meanwhile.
    """
    for path in scratch.glob("*/"):
        age = _age(path)
        if age is not None and abs(age) > _FORGOTTEN_SECONDS:
            shutil.rmtree(path, ignore_errors=True)


def _age(path: Path) -> float | None:
    """Return how many seconds ago something was changed, None where it is not there."""
    try:
        return time.time() - path.stat().st_mtime
    except (FileNotFoundError, NotADirectoryError):
        return None
