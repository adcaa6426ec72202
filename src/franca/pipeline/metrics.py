"""The page of a run: `/metrics` for Prometheus and `/health` for whoever restarts what is ill."""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from franca.errors import DefinitionError
from franca.pipeline.progress import Progress

Pictures = Callable[[], Sequence[Progress]]
LABELS = ("pipeline", "worker")
COUNTS = {
    "read": "Records read by this run.",
    "written": "Outputs written by this run.",
    "dead": "Records parked in the dead letters by this run.",
}


class ProgressCollector(Collector):
    """Turns the workers' last pictures into metrics, whenever somebody asks."""

    def __init__(self, pictures: Pictures) -> None:
        self._pictures = pictures

    def collect(self) -> Iterable[Metric]:
        """Yield `franca_records_*_total`, `franca_lag_records`, `franca_latency_seconds`, `franca_up`."""
        pictures = self._pictures()
        for name, meaning in COUNTS.items():
            counter = CounterMetricFamily(f"franca_records_{name}", meaning, labels=LABELS)
            for picture in pictures:
                counter.add_metric(_labels(picture), getattr(picture, name))
            yield counter
        lag = GaugeMetricFamily(
            "franca_lag_records", "Records behind the end.", labels=(*LABELS, "partition")
        )
        latency = GaugeMetricFamily(
            "franca_latency_seconds", "From a record's timestamp to stored.", labels=(*LABELS, "quantile")
        )
        up = GaugeMetricFamily(
            "franca_up", "1 while the worker runs, 0 while it waits or failed.", labels=LABELS
        )
        for picture in pictures:
            for partition, behind in picture.lag.items():
                lag.add_metric((*_labels(picture), partition), behind)
            latency.add_metric((*_labels(picture), "0.5"), picture.p50_milliseconds / 1000)
            latency.add_metric((*_labels(picture), "0.99"), picture.p99_milliseconds / 1000)
            up.add_metric(_labels(picture), float(picture.state == "running"))
        yield from (lag, latency, up)


@contextmanager
def serve(host: str, port: int, pictures: Pictures) -> Iterator[int]:
    """Serve the page while the block runs; give its port, 0 asks for a free one and -1 for no page.

    Raises DefinitionError where the port is taken.
    """
    if port < 0:
        yield -1
        return
    try:
        server = ThreadingHTTPServer((host, port), _handler(pictures))
    except (OSError, OverflowError) as error:
        raise DefinitionError.one(
            "run.metrics_port", f"{host}:{port} can't be used: {error}", "choose another, 0 for a free one"
        ) from error
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def health(pictures: Sequence[Progress]) -> tuple[HTTPStatus, dict[str, object]]:
    """Return 200 while every worker runs, 503 while one starts, waits for a service, or failed."""
    workers = [
        {"pipeline": p.pipeline, "worker": p.worker, "state": p.state, "last_error": p.last_error}
        for p in pictures
    ]
    well = bool(pictures) and all(p.state in ("running", "stopped") for p in pictures)
    status = HTTPStatus.OK if well else HTTPStatus.SERVICE_UNAVAILABLE
    return status, {"status": "ok" if well else "unwell", "workers": workers}


def _handler(pictures: Pictures) -> type[BaseHTTPRequestHandler]:
    registry = CollectorRegistry()
    registry.register(ProgressCollector(pictures))

    class Handler(BaseHTTPRequestHandler):
        """Answers for one run."""

        def do_GET(self) -> None:
            """Answer a request for the page."""
            if self.path == "/metrics":
                self._answer(HTTPStatus.OK, CONTENT_TYPE_LATEST, generate_latest(registry))
            elif self.path == "/health":
                status, document = health(pictures())
                self._answer(status, "application/json", msgspec.json.encode(document))
            else:
                self._answer(HTTPStatus.NOT_FOUND, "text/plain", b"/metrics or /health\n")

        def _answer(self, status: HTTPStatus, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the parent's name
            """Say nothing: whoever scrapes does so every few seconds."""

    return Handler


def _labels(picture: Progress) -> tuple[str, str]:
    return picture.pipeline, picture.worker
