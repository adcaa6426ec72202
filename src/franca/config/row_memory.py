"""The memories of rows of a project's on-ramps: a worker's, a replay's, and that of the rows as they are."""

import shutil
from pathlib import Path

from franca.config.project import Project
from franca.config.topics import rows_plans, table_topic
from franca.errors import DefinitionError
from franca.mapping.application import Application
from franca.model.shape import shape_of
from franca.pipeline.row_memory.changelog import RowsTopics
from franca.pipeline.row_memory.gaps import Gaps
from franca.pipeline.row_memory.memory import RowMemory
from franca.pipeline.row_memory.recent import RecentRows
from franca.pipeline.row_memory.store import RowStore
from franca.topics.admin import ends, matching
from franca.topics.cluster import Cluster
from franca.topics.names import rows_topic


def workers_rows(
    project: Project, application: Application, cluster: Cluster, worker: str
) -> RowMemory | None:
    """Return the memory of an on-ramp's worker, None where no table needs one.

    Like the others, it raises DefinitionError where rows are to be remembered and RocksDB is not installed.
    """
    if not rows_plans(project, application):
        return None
    store = _store(application, project.state / "rows" / f"{application.name}.{worker}")
    return RowMemory(store, _topics(project, application, cluster))


def gaps_of(
    project: Project, application: Application, cluster: Cluster, memory: RowMemory | None
) -> Gaps | None:
    """Return what notes that tables, remembered once, are not any more; None where all remember."""
    plans = rows_plans(project, application)
    topics = {
        rows_topic(application.name, shape_of(table).name): table_topic(project, application, table)
        for table in application.tables
        if shape_of(table).name not in plans
    }
    return Gaps(cluster, topics, memory) if topics else None


def replayed_rows(project: Project, application: Application, folder: Path) -> RowMemory | None:
    """Return an empty memory in a folder, for who learns the rows from the past itself."""
    if not rows_plans(project, application):
        return None
    shutil.rmtree(folder, ignore_errors=True)
    return RowMemory(_store(application, folder))


def present_rows(
    project: Project, application: Application, cluster: Cluster, folder: Path
) -> RowMemory | None:
    """Return a memory in a folder of all rows of the application as they are remembered now.

    For single records of the past: nothing of it may be kept. Raises UnavailableError.
    """
    if not rows_plans(project, application):
        return None
    memory = RowMemory(_store(application, folder), _topics(project, application, cluster))
    try:
        admin = cluster.admin()
        topics = {table_topic(project, application, table) for table in application.tables}
        memory.restore_all(list(ends(admin, matching(admin, topics))))
    except BaseException:
        memory.close()
        raise
    return memory


def _topics(project: Project, application: Application, cluster: Cluster) -> RowsTopics:
    tables = {shape_of(table).name: table for table in application.tables}
    plans = rows_plans(project, application)
    raw = {name: table_topic(project, application, tables[name]) for name in plans}
    return RowsTopics(cluster, plans, raw)


def _store(application: Application, folder: Path) -> RowStore:
    try:
        from franca.pipeline.row_memory.rocks import RocksRows  # in an extra, and only for who needs it
    except ImportError as error:
        remedy = 'install franca[rows], or let whole rows be sent and say `capture = "full"`'
        raise DefinitionError.one(application.name, "rows are to be remembered", remedy) from error
    return RecentRows(RocksRows(folder))
