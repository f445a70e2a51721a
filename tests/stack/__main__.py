"""``python -m tests.stack fetch|up|status|down``."""

from __future__ import annotations

import argparse
import json
import sys

from .artifacts import StackError, cache_folder, fetch, is_fetched
from .local_aws import LocalAws, start_local_aws


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.stack", description=__doc__)
    parser.add_argument("action", choices=["fetch", "up", "status", "down"])
    action = parser.parse_args().action
    try:
        return {"fetch": _fetch, "up": _up, "status": _status, "down": _down}[action]()
    except StackError as error:
        print(error, file=sys.stderr)
        return 1


def _fetch() -> int:
    print(fetch())
    return 0


def _up() -> int:
    running = _running()
    if running is None:
        running = start_local_aws(with_trino=True)
        cache_folder().mkdir(parents=True, exist_ok=True)
        _state().write_text(running.as_json(), "utf-8")
    _show(running)
    return 0


def _status() -> int:
    running = _running()
    if running is None:
        print("not running" if is_fetched() else "not running, and Trino is not fetched")
        return 1
    _show(running)
    return 0


def _down() -> int:
    running = _running()
    if running is not None:
        running.stop()
    _state().unlink(missing_ok=True)
    return 0


def _show(running: LocalAws) -> None:
    print(f"AWS    {running.endpoint}  (process {running.aws_pid})")
    print(f"Trino  http://127.0.0.1:{running.trino_port}  (process {running.trino_pid})")
    for name, value in running.environment.items():
        print(f"export {name}={value}")


def _state():  # type: ignore[no-untyped-def]
    return cache_folder() / "running.json"


def _running() -> LocalAws | None:
    if not _state().is_file():
        return None
    running = LocalAws(**json.loads(_state().read_text("utf-8")))
    if running.is_alive:
        return running
    running.stop()
    _state().unlink()
    return None


sys.exit(main())
