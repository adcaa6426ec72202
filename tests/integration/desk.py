"""A small project on a real Kafka, with names of its own, whose on-ramp runs in the test's process."""

import uuid
from collections.abc import Sequence
from pathlib import Path

import msgspec
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

from franca.config.endpoints import Endpoints, endpoints
from franca.config.pipelines import build
from franca.config.project import Project, load
from franca.operations.letters.filter import Filter
from franca.operations.letters.letters import Letters
from franca.operations.letters.replay import Replayed
from franca.pipeline.runner import run
from franca.sources.extract import extract
from franca.topics.admin import ends
from franca.topics.cluster import Cluster
from franca.topics.dead_letter import DeadLetter
from franca.types import Record
from tests.integration.crew import make_again
from tests.integration.whole.legacy import send

MODULE = '''
from franca import Application, Entity, Key, Table, codes

class Order(Entity, name="NAMEorder"):
    """An order."""
    number: Key[str]
    note: str
    state: str

class Label(Entity, name="NAMElabel"):
    """What is stuck on an order."""
    number: Key[str]
    text: str

app = Application("NAME")
STATES = {"O": "open"}

class Row(Table, name="row"):
    no: Key[str]
    note: str
    state: str
    label: str

@app.maps
def order(row: Row) -> Order:
    return Order(number=row.no, note=row.note, state=codes(row.state, STATES))

@app.maps(Row, where=lambda row: row.label != "")
def label(row: Row) -> Label:
    return Label(number=row.no, text=codes(row.label, {"A": "air", "S": "sea"}))
'''
STATES = 'STATES = {"O": "open"'


class Desk:
    """The project. `order`, `label`, `raw` and `dead` are its topics: `raw` of several partitions."""

    def __init__(
        self, folder: Path, bootstrap: str, limits: dict[str, int] | None = None, partitions: int = 1
    ) -> None:
        self.name = f"d{uuid.uuid4().hex[:10]}"
        self.folder, self.bootstrap = folder, bootstrap
        self.order, self.label = f"{self.name}order", f"{self.name}label"
        self.raw, self.dead = f"raw.{self.name}.row", f"{self.name}.dead-letters"
        self.cluster = Cluster(bootstrap)
        for part in ("order", "label", "raw", "dead"):
            limit = (limits or {}).get(part, 8_388_608)
            count = partitions if part == "raw" else 1
            make_again(bootstrap, getattr(self, part), count, **{"max.message.bytes": str(limit)})
        (folder / "franca.toml").write_text(f"[kafka]\nbootstrap = {bootstrap!r}\n")
        self.write()

    def write(self, old: str = "", new: str = "") -> None:
        """Write the module, with a part replaced."""
        (self.folder / "desk.py").write_text(MODULE.replace(old, new).replace("NAME", self.name))

    def know_state(self, state: str) -> None:
        """Correct the mapping: one more state is known."""
        self.write(STATES, f'{STATES}, "{state}": "{state.lower()}"')

    def project(self) -> Project:
        """Return the project as its files are now."""
        return load(self.folder)

    def places(self) -> Endpoints:
        """Return where its services are; it has no store."""
        return endpoints(self.project(), self.bootstrap, "")

    def send(self, *rows: bytes | dict[str, object]) -> None:
        """Put rows, or other bytes, on the raw topic."""
        values = [row if isinstance(row, bytes) else msgspec.json.encode(row) for row in rows]
        send(self.bootstrap, [(self.raw, b"k", value) for value in values])

    def run(self, pipeline: str = "on-ramp") -> None:
        """Run a pipeline of the application until it has caught up."""
        project = self.project()
        project.versions.publish(self.name, project.application(self.name).hash)
        places = endpoints(project, self.bootstrap, "")
        admin = self.cluster.admin()
        run(build(project, places, f"{self.name}.{pipeline}", "w"), until=lambda: ends(admin, [self.raw]))

    def letters(self) -> Letters:
        """Return the dead letters of the project as it is now."""
        project = self.project()
        return Letters(project, self.cluster, endpoints(project, self.bootstrap, ""))

    def listed(self) -> list[DeadLetter]:
        """Return the letters that there are."""
        return list(self.letters().read(Filter()))

    def replay(self, *ids: str) -> Replayed:
        """Replay letters, all where none is named."""
        return self.letters().replay(Filter(ids=ids), dry_run=False)

    def records(self, topic: str) -> Sequence[Record]:
        """Return what is committed on a topic."""
        return list(extract(self.cluster, [topic]))

    def notes(self) -> list[str]:
        """Return the numbers and the notes' beginnings of the orders' events, in order."""
        events = [msgspec.json.decode(record.value) for record in self.records(self.order) if record.value]
        return [f"{event['subject']} {str(event['data'].get('note'))[:6]}" for event in events]

    def take(self, topic: str, limit: int) -> None:
        """Let a topic take messages of so many bytes."""
        entry = ConfigEntry("max.message.bytes", str(limit), incremental_operation=AlterConfigOpType.SET)
        resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])
        admin = AdminClient({"bootstrap.servers": self.bootstrap})
        for future in admin.incremental_alter_configs([resource]).values():
            future.result(30)


def row(number: str, note: str, state: str = "O", label: str = "") -> dict[str, object]:
    """Return a row of the desk's table."""
    return {"no": number, "note": note, "state": state, "label": label}
