"""What stands between a client and a server of the stack and goes wrong on demand."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import threading
from collections import Counter
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Line:
    """A line to a port of this machine that can be cut, or fall silent, in the middle of a talk."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._is_silent = threading.Event()
        self._ends: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()

    def cut(self) -> None:
        """End every talk and take no further one."""
        for end in (self._listener, *self._ends):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def fall_silent(self) -> None:
        """Keep the talks, and pass on nothing more of what the server says."""
        self._is_silent.set()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # the listener was closed
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
                self._ends += [near, far]
                for source, target, is_answer in ((near, far, False), (far, near, True)):
                    threading.Thread(
                        target=self._pass_on, args=(source, target, is_answer), daemon=True
                    ).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, is_answer: bool) -> None:
        with contextlib.suppress(OSError):
            while chunk := source.recv(65536):
                if not (is_answer and self._is_silent.is_set()):
                    target.sendall(chunk)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)


@dataclass(frozen=True, slots=True)
class AwsError:
    """An error as the services that speak JSON answer it."""

    code: str
    message: str
    times: int | None = None
    """How many requests are answered so; None for all."""


class Front:
    """Stands before the local AWS and answers chosen actions with an error of AWS."""

    def __init__(self, port: int) -> None:
        self.errors: dict[str, AwsError] = {}
        self.seen: Counter[str] = Counter()
        """How often each action was asked for, those that failed too."""
        front = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                action = (self.headers.get("X-Amz-Target") or "").rpartition(".")[2]
                front.seen[action] += 1
                error = front.errors.get(action)
                if error and (error.times is None or front.seen[action] <= error.times):
                    text = json.dumps({"__type": error.code, "message": error.message})
                    self._answer(400, text.encode(), {"x-amzn-ErrorType": error.code})
                    return
                connection = http.client.HTTPConnection("127.0.0.1", port)
                connection.request("POST", self.path, body, dict(self.headers))
                answer = connection.getresponse()
                self._answer(answer.status, answer.read(), {})
                connection.close()

            def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Nothing: tests count what was seen."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Front:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
