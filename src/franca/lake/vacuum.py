"""Removes the files of an entity's tables that no version of the last hours has."""

from collections.abc import Sequence

from deltalake import DeltaTable
from deltalake.exceptions import TableNotFoundError

from franca.lake.location import TABLES, Options, table_url
from franca.lake.translation import translated
from franca.model.shape import Shape


def vacuum(
    lake_url: str, shape: Shape, options: Options, keep_hours: int, *, dry_run: bool = False
) -> Sequence[str]:
    """Return what was removed, or would be in a dry run, as paths below the entity. Raises UnavailableError.

    What is younger stays, whether it is part of a table or not: somebody may be reading or writing it.
    """
    removed: list[str] = []
    for name in TABLES:
        with translated("lake"):
            try:
                table = DeltaTable(table_url(lake_url, shape.name, name), storage_options=options)
            except TableNotFoundError:
                continue
            paths = table.vacuum(
                retention_hours=keep_hours, dry_run=dry_run, enforce_retention_duration=False
            )
            removed += [f"{name}/{path}" for path in paths]
    return removed
