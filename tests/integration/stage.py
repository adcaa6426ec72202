"""A desk with a lake and a store behind it, all run in the test's process."""

from collections.abc import Sequence
from pathlib import Path

import psycopg

from franca.config.endpoints import Endpoints, endpoints
from franca.config.pipelines import build, shapes
from franca.config.project import Project
from franca.pipeline.runner import run
from franca.topics.admin import ends
from franca.views.lake import open_lake
from tests.integration.desk import Desk


class Stage:
    """A desk with a lake and a store behind it."""

    def __init__(self, folder: Path, bootstrap: str, dsn: str) -> None:
        self.desk = Desk(folder, bootstrap)
        self._dsn = dsn

    def send(self, *changes: dict[str, object]) -> None:
        """Put changes on the raw topic."""
        self.desk.send(*changes)

    def project(self) -> Project:
        """Return the project as its files are now."""
        return self.desk.project()

    def places(self) -> Endpoints:
        """Return where its services are."""
        return endpoints(self.project(), self.desk.bootstrap, self._dsn)

    def run(self) -> None:
        """Bring everything to the lake and to the store."""
        self.desk.run()
        project, places = self.project(), self.places()
        admin = self.desk.cluster.admin()
        topics = [self.desk.order, self.desk.label]
        for name in ("lake", "store"):
            pipeline = build(project, places, name, "w")
            run(pipeline, until=lambda: ends(admin, topics))

    def notes(self) -> tuple[Sequence[tuple[str, str]], Sequence[tuple[str, str]]]:
        """Return number and note of each current order in the lake and in the store."""
        project, places = self.project(), self.places()
        sql = f'SELECT number, note FROM "{self.desk.order}" ORDER BY number'
        with open_lake(places.lake_url, shapes(project)) as lake:
            of_lake = [(str(number), str(note)) for number, note in lake.query(sql).rows]
        with psycopg.connect(self._dsn) as connection:
            of_store = [(str(number), str(note)) for number, note in connection.execute(sql.encode())]
        return of_lake, of_store

    def events(self) -> int:
        """Return how many events the lake holds."""
        project, places = self.project(), self.places()
        with open_lake(places.lake_url, shapes(project)) as lake:
            return int(next(lake.query(f'SELECT count(*) FROM "{self.desk.order}_events"').rows)[0])
