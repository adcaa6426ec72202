"""A real Trino for one machine, the engine that Athena runs: pinned, over a folder, asked by HTTP."""

import json
import os
import re
import shutil
import subprocess
import time
from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from franca.errors import UnavailableError
from franca.local.distribution import Distribution, fetch_distribution
from franca.local.jars import Progress, cache_folder
from franca.local.java import java_version
from franca.local.memory import ServiceState
from franca.local.ports import HOST
from franca.local.process import Program, alive, wait_until
from franca.local.server import Server

VERSION = "476"
_ROOT = f"trino-server-{VERSION}"
PINNED = Distribution(
    "io.trino",
    "trino-server",
    "",
    VERSION,
    821_045_832,
    "cfd5accde17e8ebd251eeeb78aed1f490e77bb3a164d95a0f454bf8a7c1cbd3f",
    "trino",
    "Trino",
    3_000,
    tuple(f"{_ROOT}/{name}" for name in ("bin/", "lib/", "plugin/delta-lake/")),
)
OLDEST = 24
"""The oldest Java that it runs on."""

MODULE = "jdk.incubator.vector"
START_SECONDS = 120.0
FLAGS = (
    "-Xmx2G",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:-UsePerfData",
    "-XX:+ExitOnOutOfMemoryError",
    f"--add-modules={MODULE}",
    "--enable-native-access=ALL-UNNAMED",
    "-Djdk.attach.allowAttachSelf=true",
    "-Djdk.nio.maxCachedBufferSize=2000000",
)
CATALOG = """connector.name=delta_lake
hive.metastore=file
hive.metastore.catalog.dir=local:///metastore
fs.native-local.enabled=true
fs.hadoop.enabled=false
local.location={root}
delta.register-table-procedure.enabled=true
delta.metadata.cache-ttl=0s
"""
CONFIG = """coordinator=true
node-scheduler.include-coordinator=true
http-server.http.port={port}
discovery.uri=http://{host}:{port}
catalog.management=static
query.max-memory=1GB
"""


UNSEEN, UNSEEN_SECONDS = "No nodes available", 60.0


def home(cache: Path | None = None) -> Path:
    """Return the folder of the unpacked program, which may not be there."""
    return (cache or cache_folder(Path())) / f"trino-{VERSION}"


def fetch(progress: Progress) -> Path:
    """Return the folder of the unpacked program, fetched where missing. Raises UnavailableError."""
    cache = cache_folder(Path())
    return fetch_distribution(PINNED, cache, home(cache), progress)


def find_java() -> Path | None:
    """Return a Java that runs Trino: new enough, with the module that it wants; None where there is none."""
    for java in dict.fromkeys(_javas()):
        if java_version(java) >= OLDEST and MODULE in _modules(java):
            return java
    return None


def _javas() -> Iterator[Path]:
    """Yield the Javas of this machine: those that variables name, that on the path, and those beside it."""
    homes = [Path(value) for name, value in os.environ.items() if re.match("JAVA_HOME(_|$)", name) and value]
    found = shutil.which("java")
    if found:
        homes.append(Path(found).resolve().parent.parent)
    homes += [beside for home in list(homes) for beside in sorted(home.resolve().parent.iterdir())]
    yield from (java for home in homes if (java := home / "bin" / "java").is_file())


def _modules(java: Path) -> str:
    asked = subprocess.run([str(java), "--list-modules"], capture_output=True, text=True, check=False)
    return asked.stdout


class LocalTrino(Server):
    """Trino over a folder, the root of its file system, whose Delta tables it reads; see `Server`."""

    name = service = "trino"

    def query(self, sql: str, schema: str = "main") -> list[dict[str, Any]]:
        """Return the rows of an answer, each value as Python has it. Raises RuntimeError where it fails.

        A coordinator that is busy loses sight of its own node for some seconds, which are waited for.
        """
        deadline = time.monotonic() + UNSEEN_SECONDS
        while True:
            try:
                return self._answered(sql, schema)
            except RuntimeError as error:
                if UNSEEN not in str(error) or time.monotonic() > deadline:
                    raise
            time.sleep(1)

    def _answered(self, sql: str, schema: str) -> list[dict[str, Any]]:
        headers = {"X-Trino-User": "test", "X-Trino-Catalog": "lake", "X-Trino-Schema": schema}
        headers |= {"X-Trino-Time-Zone": "UTC", "X-Trino-Client-Capabilities": "PARAMETRIC_DATETIME"}
        address = f"http://{HOST}:{self._recall().port}/v1/statement"
        found = _asked(Request(address, sql.encode(), headers))
        rows: list[dict[str, Any]] = []
        while True:
            if "error" in found:
                raise RuntimeError(f"{found['error']['message']}: {sql}")
            columns = found.get("columns", [])
            for values in found.get("data", ()):
                row = zip(columns, values, strict=True)
                rows.append({column["name"]: _value(column["typeSignature"], value) for column, value in row})
            if "nextUri" not in found:
                return rows
            found = _asked(Request(found["nextUri"], headers=headers))

    def register(self, name: str, path: Path, schema: str = "main") -> None:
        """Have a Delta table at hand, by a name."""
        self.query(f"CREATE SCHEMA IF NOT EXISTS {schema} WITH (location = 'local:///schemas/{schema}')")
        place = f"local:///{path.relative_to(self.root)}"
        arguments = f"schema_name => '{schema}', table_name => '{name}', table_location => '{place}'"
        self.query(f"CALL system.register_table({arguments})")

    @property
    def root(self) -> Path:
        """The folder whose tables it reads."""
        return self.home / "files"

    def _start(self, progress: Progress) -> None:
        java = find_java()
        if java is None:
            raise UnavailableError("trino", f"no Java of version {OLDEST} or newer", "set JAVA_HOME")
        program = home() / _ROOT
        state = self._settled(progress)
        etc = self.data / "etc"
        (etc / "catalog").mkdir(parents=True, exist_ok=True)
        self.root.mkdir(exist_ok=True)
        (etc / "catalog" / "lake.properties").write_text(CATALOG.format(root=self.root))
        (etc / "config.properties").write_text(CONFIG.format(port=state.port, host=HOST))
        (etc / "log.properties").write_text("io.trino=WARN\n")
        self._log.begin()
        settings = {
            "node.environment": "test",
            "node.id": "test",
            "node.data-dir": self.data,
            "plugin.dir": program / "plugin",
            "config": etc / "config.properties",
            "log.levels-file": etc / "log.properties",
        }
        told = [f"-D{name}={value}" for name, value in settings.items()]
        command = [str(java), *FLAGS, *told, self._mark, "-cp", f"{program}/lib/*"]
        if not self._is_launched(
            Program([*command, "io.trino.server.TrinoServer"], self.data, self.log), state
        ):
            raise self._log.failure("trino", "Trino")

    def _answers(self, state: ServiceState) -> bool:
        def is_ready() -> bool:
            try:
                found = _asked(Request(f"http://{HOST}:{state.port}/v1/info"))
            except OSError:
                return False
            return found["starting"] is False

        is_over = wait_until(lambda: is_ready() or not alive(state.pid, self._mark), START_SECONDS)
        return is_over and alive(state.pid, self._mark)


def _asked(request: Request) -> dict[str, Any]:
    with urlopen(request, timeout=60) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


def _value(kind: dict[str, Any], value: Any) -> Any:
    """Return a value of Trino's JSON as Python has it."""
    if value is None:
        return None
    inner = [each["value"] for each in kind["arguments"]]
    match kind["rawType"]:
        case "array":
            return [_value(inner[0], each) for each in value]
        case "row":
            parts = zip(inner, value, strict=True)
            return {part["fieldName"]["name"]: _value(part["typeSignature"], each) for part, each in parts}
        case "double":
            return float(value)
        case "decimal":
            return Decimal(value)
        case "date":
            return date.fromisoformat(value)
        case "varbinary":
            return b64decode(value)
        case "timestamp":
            return datetime.fromisoformat(value).replace(tzinfo=UTC)
        case "timestamp with time zone":
            if value.startswith("+"):
                return value  # Python's years end with 9999
            return datetime.fromisoformat(value.removesuffix(" UTC")).replace(tzinfo=UTC)
        case _:
            return value
