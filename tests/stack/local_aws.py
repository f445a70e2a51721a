"""Both servers together: started in order, stopped in order, nothing left behind."""

from __future__ import annotations

import http.client
import json
import shutil
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import boto3
import botocore.client

from . import processes
from .artifacts import ENABLE, StackError, is_fetched
from .trino_server import REGION, TrinoServer, start_trino

_ROOT = Path(__file__).resolve().parent.parent.parent
_STARTED_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class LocalAws:
    """Running servers: moto, and Trino if it was asked for."""

    folder: str
    aws_port: int
    aws_pid: int
    trino_port: int | None = None
    trino_pid: int | None = None

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.aws_port}"

    @property
    def environment(self) -> dict[str, str]:
        """What sends any AWS client of a process here and nowhere else."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    @property
    def trino(self) -> TrinoServer:
        assert self.trino_port is not None and self.trino_pid is not None
        return TrinoServer(self.trino_port, self.trino_pid)

    def client(self, service: str) -> Any:
        """A boto3 client of a service."""
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=botocore.client.Config(s3={"addressing_style": "path"}),
        )

    def executes_on_duckdb(self, database: Path) -> None:
        """Let Athena's statements run on a DuckDB database from now on."""
        (Path(self.folder) / "engine").write_text(f"duckdb {database}", "utf-8")

    def executes_on_trino(self) -> None:
        """Let Athena's statements run on Trino from now on."""
        (Path(self.folder) / "engine").write_text(f"trino {self.trino_port}", "utf-8")

    def requests(self) -> list[str]:
        """The request lines that moto has answered so far, in order."""
        log = (Path(self.folder) / "aws.log").read_text("utf-8", "replace")
        return [line.split('"')[1] for line in log.splitlines() if ' HTTP/1.1"' in line]

    def as_json(self) -> str:
        return json.dumps(asdict(self))

    @property
    def is_alive(self) -> bool:
        pids = [pid for pid in (self.aws_pid, self.trino_pid) if pid is not None]
        return all(processes.is_alive(pid) for pid in pids)

    def stop(self) -> None:
        """End both servers and remove their files."""
        for pid in (self.trino_pid, self.aws_pid):
            if pid is not None:
                processes.stop(pid)
        shutil.rmtree(self.folder, ignore_errors=True)


def start_local_aws(
    *, with_trino: bool, aws_port: int | None = None, trino_port: int | None = None
) -> LocalAws:
    """The servers, answering; on any free ports unless they are named.

    Raises:
        StackError: one does not start; what had started is stopped again.
    """
    if with_trino and not is_fetched():
        raise StackError(f"Trino is not fetched.\n  `{ENABLE}` does it once.")
    port = processes.free_port() if aws_port is None else processes.untaken(aws_port)
    folder = Path(tempfile.mkdtemp(prefix="dueng-stack-"))
    (folder / "engine").write_text("duckdb :memory:", "utf-8")
    log = folder / "aws.log"
    pid = processes.start(
        [
            sys.executable,
            "-m",
            "tests.stack.moto_server",
            "--port",
            str(port),
            "--engine",
            str(folder / "engine"),
        ],
        folder=_ROOT,
        log=log,
    )
    local = LocalAws(str(folder), port, pid)
    try:
        processes.wait_until(
            lambda: _serves(port),
            what="moto's server",
            pid=pid,
            log=log,
            within_s=_STARTED_WITHIN_S,
        )
        if with_trino:
            server = start_trino(folder / "trino", local.endpoint, port=trino_port)
            local = LocalAws(str(folder), port, pid, server.port, server.pid)
            local.executes_on_trino()
    except BaseException:
        local.stop()
        raise
    return local


def _serves(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/moto-api/data.json")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
