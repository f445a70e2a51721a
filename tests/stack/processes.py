"""Server processes of the stack: free ports, waiting until they answer, stopping by process id."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from .artifacts import StackError

_GRACE_S = 20.0
_PAUSE_S = 0.1


def free_port() -> int:
    """A port of the loopback interface that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def untaken(port: int) -> int:
    """The port itself.

    Raises:
        StackError: somebody listens there already.
    """
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            raise StackError(
                f"The port {port} is taken.\n  Name another, or none: then a free one is chosen."
            ) from None
    return port


def start(
    command: Sequence[str],
    *,
    folder: Path,
    log: Path,
    environment: Mapping[str, str] | None = None,
) -> int:
    """The id of a new process in a session of its own, whose output goes to a log file."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )
    process.returncode = 0  # it is watched and stopped by its id, also by later processes
    return process.pid


def wait_until(
    answers: Callable[[], bool], *, what: str, pid: int, log: Path, within_s: float
) -> None:
    """Return when something answers.

    Raises:
        StackError: the process ended or the time is over; with the last lines of its log.
    """
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        if answers():
            return
        if not is_alive(pid):
            raise StackError(f"{what} ended while it started:\n{_last_lines(log)}")
        time.sleep(_PAUSE_S)
    raise StackError(f"{what} did not answer within {within_s:.0f} s:\n{_last_lines(log)}")


def is_alive(pid: int) -> bool:
    """Whether a process exists and is no zombie."""
    with contextlib.suppress(ChildProcessError):
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with contextlib.suppress(OSError):  # of another process's child it is told on Linux only
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0] != "Z"
    return True


def stop(pid: int) -> None:
    """End a process: asked first, killed if it does not go."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        end = time.monotonic() + _GRACE_S
        while time.monotonic() < end:
            if not is_alive(pid):
                return
            time.sleep(_PAUSE_S)


def _last_lines(log: Path) -> str:
    lines = log.read_text("utf-8", "replace").splitlines() if log.is_file() else []
    return "\n".join(f"  {line}" for line in lines[-15:]) or "  (it wrote nothing)"
