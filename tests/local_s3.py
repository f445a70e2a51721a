"""S3 on loopback: moto behind HTTP, with a log of requests and with faults on demand."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, unquote
from xml.sax.saxutils import escape

import boto3
from moto import settings as moto_settings
from moto.core.responses import ActionAuthenticatorMixin
from moto.iam.models import iam_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.s3.models import s3_backends
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

ACCOUNT = "123456789012"
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@dataclass(frozen=True)
class Request:
    """One request as it came."""

    method: str
    bucket: str
    key: str
    query: Mapping[str, str]
    access_key: str | None
    region: str | None

    @property
    def is_list(self) -> bool:
        return self.method == "GET" and "list-type" in self.query

    @property
    def is_get(self) -> bool:
        return self.method == "GET" and bool(self.key)


@dataclass(frozen=True)
class Fault:
    """What is answered instead of the real answer, to the requests that it is for."""

    concerns: Callable[[Request], bool]
    status: str
    code: str
    message: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


class _Handler(WSGIRequestHandler):
    def log_request(self, *_: object) -> None:
        """Nothing: requests are in the log that tests read."""

    def log(self, *_: object) -> None:
        """Nothing; a connection that a test broke off is no news."""


class LocalS3:
    """A server with one bucket, started on a free port and stopped with :meth:`stop`."""

    bucket = "lake"

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.faults: list[Fault] = []
        self.cut_bodies = 0
        """How many of the next objects end in the middle."""
        self.before_answer: Callable[[Request], None] | None = None
        self._moto: Application = DomainDispatcherApplication(create_backend_app)
        self._server: BaseWSGIServer = make_server(
            "127.0.0.1", 0, self._answer, threaded=True, request_handler=_Handler
        )
        self._thread = Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.backend.create_bucket(self.bucket, "us-east-1")

    def stop(self) -> None:
        """End the server and forget what it held."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        s3_backends.reset()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def backend(self) -> Any:
        return s3_backends[ACCOUNT]["aws"]

    def put(self, key: str, content: bytes, **options: Any) -> None:
        """Store an object, past HTTP: a test of reading may need thousands."""
        self.backend.put_object(self.bucket, key, content, **options)

    def put_many(self, keys: Iterable[str], content: bytes) -> None:
        """Store one content under many keys, in a moment."""
        stored = self.backend.get_bucket(self.bucket).keys
        self.put("template", content)
        template = stored.getlist("template")[0]
        del stored["template"]
        for key in keys:
            twin = copy(template)
            twin.name = key
            stored.setlist(key, [twin])

    def put_folder(self, root: Path, prefix: str = "") -> None:
        """Store every file below a folder under its own path."""
        for path in sorted(root.rglob("*")):
            if path.is_file():
                self.put(f"{prefix}{path.relative_to(root)}", path.read_bytes())

    def address(self, prefix: str = "") -> str:
        return f"s3://{self.bucket}/{prefix}"

    def fail(
        self,
        status: str,
        code: str,
        message: str = "",
        *,
        concerns: Callable[[Request], bool] = lambda request: True,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Answer with an error of S3 from now on."""
        self.faults.append(Fault(concerns, status, code, message, headers or {}))

    @property
    def lists(self) -> list[Request]:
        return [request for request in self.requests if request.is_list]

    @property
    def gets(self) -> list[Request]:
        return [request for request in self.requests if request.is_get]

    @contextmanager
    def permissions(self, policy: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """The keys of a user who may do what a policy says; others may do nothing meanwhile."""
        iam = boto3.client(
            "iam",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id="root",
            aws_secret_access_key="root",
        )
        iam.create_user(UserName="reader")
        iam.put_user_policy(
            UserName="reader", PolicyName="reading", PolicyDocument=json.dumps(policy)
        )
        key = iam.create_access_key(UserName="reader")["AccessKey"]
        before = moto_settings.INITIAL_NO_AUTH_ACTION_COUNT
        moto_settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
        ActionAuthenticatorMixin.request_count = 0
        try:
            yield key["AccessKeyId"], key["SecretAccessKey"]
        finally:
            moto_settings.INITIAL_NO_AUTH_ACTION_COUNT = before
            iam_backends.reset()

    def _answer(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        request = _request(environ)
        self.requests.append(request)
        if self.before_answer is not None:
            self.before_answer(request)
        for fault in self.faults:
            if fault.concerns(request):
                return _error(fault, start)
        answer = self._moto(environ, start)
        if request.is_get and self.cut_bodies > 0:
            self.cut_bodies -= 1
            return _cut(answer)
        return answer


def _request(environ: Mapping[str, Any]) -> Request:
    bucket, _, key = unquote(environ["PATH_INFO"]).lstrip("/").partition("/")
    query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    signed = re.search(r"Credential=([^/]+)/\d+/([^/]+)/", environ.get("HTTP_AUTHORIZATION", ""))
    return Request(
        environ["REQUEST_METHOD"],
        bucket,
        key,
        {name: values[-1] for name, values in query.items()},
        signed[1] if signed else None,
        signed[2] if signed else None,
    )


def _error(fault: Fault, start: Callable[..., Any]) -> Iterable[bytes]:
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f"<Error><Code>{fault.code}</Code><Message>{escape(fault.message)}</Message></Error>"
    ).encode()
    headers = {"Content-Type": "application/xml", "Content-Length": str(len(body))}
    start(fault.status, list({**headers, **fault.headers}.items()))
    return [body]


def _cut(answer: Iterable[bytes]) -> Iterator[bytes]:
    whole = b"".join(answer)
    yield whole[: len(whole) // 2]
    raise ConnectionAbortedError("the test breaks off here")


def clean_environment(folder: Path) -> dict[str, str]:
    """The variables of a machine on which AWS is not set up, and the names of those to remove."""
    return {
        "AWS_CONFIG_FILE": str(folder / "aws-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / "aws-credentials"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_MAX_ATTEMPTS": "2",
        "HOME": str(folder),
    }


def aws_variables() -> list[str]:
    """The variables that are set now and that AWS's libraries would read."""
    return [name for name in os.environ if name.startswith("AWS_")]
