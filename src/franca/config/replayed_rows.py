"""The rows that a replay remembers: learnt anew from the past itself, in a folder of its own."""

import shutil
from pathlib import Path

from franca.config.project import Project
from franca.config.topics import rows_plans
from franca.errors import DefinitionError
from franca.mapping.application import Application
from franca.pipeline.row_memory.memory import RowMemory


def replayed_rows(project: Project, application: Application, folder: Path) -> RowMemory | None:
    """Return an empty memory in a folder, None where no table of the application needs one.

    Raises DefinitionError where it is needed and RocksDB is not installed.
    """
    plans = rows_plans(project, application)
    if not plans:
        return None
    try:
        from franca.pipeline.row_memory.rocks import RocksRows  # in an extra, and only for who needs it
    except ImportError as error:
        remedy = 'install franca[rows], or let whole rows be sent and say `capture = "full"`'
        raise DefinitionError.one(next(iter(plans)), "its rows are to be remembered", remedy) from error
    shutil.rmtree(folder, ignore_errors=True)
    return RowMemory(RocksRows(folder))
