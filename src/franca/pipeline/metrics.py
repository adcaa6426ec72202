"""Serves `/metrics` for Prometheus and `/health` over http, from the newest picture of each worker."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from franca.errors import UnavailableError
from franca.pipeline.progress import Progress

STALE_SECONDS = 60.0
"""A worker that says nothing for so long is stuck: no step and no service may take longer unnoticed."""

CLOSING_SECONDS = 0.5
"""Closing waits for so long at most; asked more often, the thread is much of what an idle run uses."""


class Health(msgspec.Struct, frozen=True):
    """What `/health` answers: `ok`, `waiting` for a service (still 200), or `failed` (503)."""

    status: str
    pipelines: dict[str, str]


class Gauges:
    """The newest picture of each worker of each pipeline, from any thread.

    `restarts` says how often each pipeline's workers were put back: one that dies early shows no picture.
    """

    def __init__(self) -> None:
        self._pictures: dict[tuple[str, str], Progress] = {}
        self._lock = threading.Lock()
        self.restarts: Callable[[], Mapping[str, int]] = dict

    def show(self, progress: Progress) -> None:
        """Take a worker's newest picture."""
        with self._lock:
            self._pictures[progress.pipeline, progress.worker] = progress

    def pictures(self) -> list[Progress]:
        """Return the newest pictures, in the order of their names."""
        with self._lock:
            return [self._pictures[name] for name in sorted(self._pictures)]

    def health(self) -> Health:
        """Return whether all workers work. A service that is away makes nobody restart franca."""
        now = time.time()
        states: dict[str, str] = {}
        for picture in self.pictures():
            is_stale = now - picture.time > STALE_SECONDS and picture.state != "stopped"
            name = f"{picture.pipeline}/{picture.worker}" if picture.worker else picture.pipeline
            states[name] = "failed" if is_stale else picture.state
        found = set(states.values())
        status = "failed" if "failed" in found else "waiting" if "waiting" in found else "ok"
        return Health(status, states)

    def collect(self) -> Iterable[Metric]:
        """Return the pictures as Prometheus has them; called at each scrape."""
        pictures = self.pictures()
        yield _counter("franca_read_records", "Records read and stored.", pictures, "read")
        yield _counter("franca_written_records", "Outputs written.", pictures, "written")
        yield _counter("franca_dead_records", "Records parked in the dead letters.", pictures, "dead")
        yield _gauge("franca_read_rate", "Records a second.", pictures, "read_per_second")
        yield _lag(pictures)
        yield _latency(pictures)
        yield _up(pictures)
        yield _restarts(self.restarts())


class MetricsServer:
    """The page, served by a thread of its own. Port 0 takes a free one; `port` says which."""

    def __init__(self, gauges: Gauges, host: str = "127.0.0.1", port: int = 0) -> None:
        registry = CollectorRegistry()
        registry.register(gauges)
        try:
            self._server = ThreadingHTTPServer((host, port), _handler(gauges, registry))
        except OSError as error:
            raise UnavailableError(
                "metrics",
                f"can't listen on {host}:{port}: {error.strerror}",
                "choose another metrics_port in [run], or 0 for a free one",
            ) from error
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(CLOSING_SECONDS,), daemon=True, name="metrics"
        )
        self._thread.start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(gauges: Gauges, registry: CollectorRegistry) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/metrics":
                self._answer(200, CONTENT_TYPE_LATEST, generate_latest(registry))
            elif self.path == "/health":
                health = gauges.health()
                status = 503 if health.status == "failed" else 200
                self._answer(status, "application/json", msgspec.json.encode(health))
            else:
                self._answer(404, "text/plain", b"there is /metrics and /health\n")

        def _answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the parent's name
            """Scrapes are not worth a line each."""

    return Handler


def _counter(name: str, text: str, pictures: Iterable[Progress], field: str) -> Metric:
    family = CounterMetricFamily(name, text, labels=["pipeline", "worker"])
    for picture in pictures:
        family.add_metric([picture.pipeline, picture.worker], getattr(picture, field))
    return family


def _gauge(name: str, text: str, pictures: Iterable[Progress], field: str) -> Metric:
    family = GaugeMetricFamily(name, text, labels=["pipeline", "worker"])
    for picture in pictures:
        family.add_metric([picture.pipeline, picture.worker], getattr(picture, field))
    return family


def _lag(pictures: Iterable[Progress]) -> Metric:
    family = GaugeMetricFamily(
        "franca_lag_records", "Records not yet stored.", labels=["pipeline", "worker", "topic", "partition"]
    )
    for picture in pictures:
        for place, lag in picture.lag.items():
            topic, _, partition = place.rpartition("/")
            family.add_metric([picture.pipeline, picture.worker, topic, partition], lag)
    return family


def _latency(pictures: Iterable[Progress]) -> Metric:
    family = GaugeMetricFamily(
        "franca_latency_seconds",
        "From a record's timestamp to its being stored.",
        labels=["pipeline", "worker", "quantile"],
    )
    for picture, quantile, milliseconds in _quantiles(pictures):
        family.add_metric([picture.pipeline, picture.worker, quantile], milliseconds / 1000)
    return family


def _quantiles(pictures: Iterable[Progress]) -> Iterator[tuple[Progress, str, float]]:
    for picture in pictures:
        yield picture, "0.5", picture.p50_milliseconds
        yield picture, "0.99", picture.p99_milliseconds


def _up(pictures: Iterable[Progress]) -> Metric:
    family = GaugeMetricFamily(
        "franca_up", "1 while the worker runs.", labels=["pipeline", "worker", "state"]
    )
    for picture in pictures:
        is_up = float(picture.state in {"running", "waiting", "paused"})
        family.add_metric([picture.pipeline, picture.worker, picture.state], is_up)
    return family


def _restarts(counts: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(
        "franca_restarts", "Workers that were killed and put back.", labels=["pipeline"]
    )
    for pipeline, count in counts.items():
        family.add_metric([pipeline], count)
    return family
