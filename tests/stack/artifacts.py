"""The Trino server and its Hive connector, from Maven's central repository into a cache folder."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

VERSION = "476"
"""The newest version whose server is published there as an archive."""
ENABLE = "python -m tests.stack fetch"


class StackError(Exception):
    """The local AWS cannot be made; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file of the repository, by its coordinates, with the checksum that it must have."""

    name: str
    packaging: str
    sha256: str

    @property
    def file_name(self) -> str:
        return f"{self.name}-{VERSION}.{self.packaging}"

    @property
    def coordinates(self) -> str:
        return f"io.trino:{self.name}:{VERSION}:{self.packaging}"


ARTIFACTS = (
    Artifact(
        "trino-server-core",
        "tar.gz",
        "0f388f9967c177ae70a47c099082fc95387f0c3cb96d8000d1d41fc3a5223158",
    ),
    Artifact(
        "trino-hive",
        "zip",
        "611bacdb07d9f3cf7b9d47f97ecc76fa2e7ff8bfe8a9728c3d06adc1bfb8662e",
    ),
)


JAVA_NEEDED = 24
"""The oldest Java that runs this server."""


def cache_folder() -> Path:
    """Where the artifacts are kept: ``DUENG_STACK_CACHE``, else below the user's cache folder."""
    chosen = os.environ.get("DUENG_STACK_CACHE")
    if chosen:
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "dueng-test-stack"


def server_folder() -> Path:
    """The unpacked server, whether it is there or not."""
    return cache_folder() / f"trino-server-core-{VERSION}"


def is_fetched() -> bool:
    """Whether the server and its connector are unpacked in the cache folder."""
    return (server_folder() / "plugin" / "hive").is_dir()


def fetch() -> Path:
    """The folder of the server, fetched and unpacked if it is not there yet.

    Raises:
        StackError: Maven is missing or fails, or a file is not the expected one.
    """
    target = server_folder()
    if is_fetched():
        return target
    maven = shutil.which("mvn")
    if maven is None:
        raise StackError(
            "Maven is not installed, and Trino's server is fetched with it.\n"
            "  Install it (Debian: apt-get install maven; macOS: brew install maven), then run"
            f" `{ENABLE}` again."
        )
    cache_folder().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache_folder()) as work:
        for artifact in ARTIFACTS:
            _download(maven, artifact, Path(work))
        _unpack(Path(work), target)
    return target


def _download(maven: str, artifact: Artifact, folder: Path) -> None:
    done = subprocess.run(
        [
            maven,
            "--quiet",
            "--batch-mode",
            "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy",
            f"-Dartifact={artifact.coordinates}",
            f"-DoutputDirectory={folder}",
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )
    path = folder / artifact.file_name
    if done.returncode or not path.is_file():
        last = (done.stdout + done.stderr).strip().splitlines()[-3:]
        raise StackError(
            f"Maven did not bring {artifact.coordinates}:\n  " + "\n  ".join(last or ["no output"])
        )
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != artifact.sha256:
        raise StackError(
            f"{artifact.file_name} has the checksum {found}, not {artifact.sha256}.\n"
            "  Remove it from Maven's local repository and fetch again."
        )


def _unpack(folder: Path, target: Path) -> None:
    """Unpack both in a folder beside the target and move it there in one step."""
    server, connector = ARTIFACTS
    with tarfile.open(folder / server.file_name) as archive:
        archive.extractall(folder, filter="data")
    unpacked = folder / f"{server.name}-{VERSION}"
    with zipfile.ZipFile(folder / connector.file_name) as archive:
        archive.extractall(folder)
    (unpacked / "plugin").mkdir(exist_ok=True)
    (folder / f"{connector.name}-{VERSION}").rename(unpacked / "plugin" / "hive")
    if target.exists():
        shutil.rmtree(target)
    unpacked.rename(target)
