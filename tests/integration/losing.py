"""A way to S3 on which answers get lost: what was asked is done, and the one who asked hears of an error."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit

from tests.conftest import Bucket

NO_UPLOAD = b"<Error><Code>NoSuchUpload</Code><Message>The upload does not exist.</Message></Error>"

Asks = tuple[str, str]
"""A method, and a path with its query."""


class Way:
    """What went this way so far, and whose answer is lost: `losing` is asked of each request."""

    def __init__(self, port: int, options: dict[str, str], target: str) -> None:
        self.options = options | {"aws_endpoint": f"http://127.0.0.1:{port}"}
        self.target = target
        self.asked: list[Asks] = []
        self.lost: list[Asks] = []
        self.losing: Callable[[str, str], bool] = lambda _method, _path: False
        self.before: Callable[[str, str], None] = lambda _method, _path: None


@contextmanager
def losing_way(bucket: Bucket) -> Iterator[Way]:
    """Give a way to a bucket's S3, that loses nothing unless it is told to."""

    class Answer(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline(65_537)
            if not self.raw_requestline or not self.parse_request():
                self.close_connection = True
                return
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            one = (self.command, self.path)
            way.asked.append(one)
            way.before(*one)
            asking = HTTPConnection(urlsplit(way.target).netloc)
            asking.request(self.command, self.path, body, dict(self.headers))
            answer = asking.getresponse()
            content = answer.read()
            asking.close()
            if way.losing(*one):
                way.lost.append(one)
                self._say(500, {"Content-Length": "0"}, b"")
                return
            if answer.status == 500:  # moto breaks where an upload is done already; S3 says this
                self._say(404, {"Content-Length": str(len(NO_UPLOAD))}, NO_UPLOAD)
                return
            headers = {k: v for k, v in answer.getheaders() if k not in ("Connection", "Transfer-Encoding")}
            length = headers.get("Content-Length", str(len(content)))
            self._say(answer.status, headers | {"Content-Length": length}, content)

        def _say(self, status: int, headers: dict[str, str], content: bytes) -> None:
            self.send_response_only(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    way = Way(server.server_port, bucket.options, bucket.options["aws_endpoint"])
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield way
    finally:
        server.shutdown()
        server.server_close()
