"""How a page looks and behaves in headless Chromium, by its DevTools protocol.

Run as a program it takes the pictures of `docs/pictures/`: `python tests/page.py PAGE.html FOLDER`.
"""

from __future__ import annotations

import base64
import itertools
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REQUIRED = "DUENG_REQUIRE_CHROMIUM"
WIDTHS = (1280, 390)
SCHEMES = ("light", "dark")
PICTURE_HEIGHTS = {1280: 2000, 390: 3100}
"""Down to the first chart, at each width."""
_START_TIMEOUT_S = 30
_ANSWER_TIMEOUT_S = 60
_QUIET_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--remote-debugging-port=0",
)
# With everything unfolded that can be: the contrast of every text with what is painted behind it,
# by the formula of WCAG 2 (a canvas turns whatever colour syntax a style uses into bytes), and the
# texts that do not fit.
_MEASURE = """(() => {
    const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
    const bytes = (colour) => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const over = (top, below) => {
        const share = top[3] / 255;
        return [0, 1, 2].map((i) => top[i] * share + below[i] * (1 - share)).concat(255);
    };
    const behind = (node) => {
        const layers = [];
        for (let each = node; each; each = each.parentElement) {
            const layer = bytes(getComputedStyle(each).backgroundColor);
            layers.unshift(layer);
            if (layer[3] === 255) break;
        }
        return layers.reduce((below, top) => over(top, below), bytes("Canvas"));
    };
    const light = (colour) => {
        const [r, g, b] = colour.slice(0, 3).map((value) => {
            const part = value / 255;
            return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const closed = [...document.querySelectorAll("details:not([open])")];
    for (const each of closed) each.open = true;
    const contrasts = [];
    const texts = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const node = walker.currentNode.parentElement;
        if (!walker.currentNode.data.trim() || !node.getClientRects().length) continue;
        texts.push([walker.currentNode, node]);
        const style = getComputedStyle(node);
        const ground = behind(node);
        const ink = bytes(node instanceof SVGElement ? style.fill : style.color);
        const pair = [light(over(ink, ground)), light(ground)].sort((a, b) => b - a);
        contrasts.push([(pair[0] + 0.05) / (pair[1] + 0.05), walker.currentNode.data.trim()]);
    }
    // A text that is wider than what it stands in runs over its neighbour or is cut off.
    const spilling = [];
    for (const [text, node] of texts) {
        const range = document.createRange();
        range.selectNodeContents(text);
        const room = node.closest("svg, td, th, li, dt, dd, p, h1, h2, h3, h4, summary, div");
        const box = room.getBoundingClientRect();
        const outside = [...range.getClientRects()].some(
            (rect) => rect.width > 1 && (rect.right > box.right + 1 || rect.left < box.left - 1)
        );
        if (outside) spilling.push(text.data.trim());
    }
    contrasts.sort((a, b) => a[0] - b[0]);
    const measured = {
        scroll: document.documentElement.scrollWidth,
        inner: window.innerWidth,
        text: document.body.innerText,
        contrast: contrasts[0],
        spilling,
    };
    for (const each of closed) each.open = false;
    return {...measured, height: document.documentElement.scrollHeight};
})()"""


@dataclass(frozen=True)
class Look:
    """A page at one width and in one colour scheme."""

    width: int
    scheme: str
    scroll_width: int
    inner_width: int
    requests: tuple[str, ...]
    """Every address that was asked for besides the page itself."""
    complaints: tuple[str, ...]
    """What the page said on the console, and what the browser said of it."""
    text: str
    least_contrast: tuple[float, str]
    """The contrast of the text that is hardest to read with what is behind it, and that text."""
    spilling: tuple[str, ...]
    """Texts that are wider than what they stand in."""
    picture: bytes


def chromium() -> str | None:
    """The path of an installed Chromium, or None."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)


class Browser:
    """A running Chromium that looks at one page after another."""

    def __init__(self, address: str) -> None:
        import websocket

        self._socket = websocket.create_connection(
            address, timeout=_ANSWER_TIMEOUT_S, suppress_origin=True
        )
        self._ids = itertools.count(1)
        self._events: list[dict[str, Any]] = []

    def close(self) -> None:
        self._socket.close()

    def look(self, page: Path, width: int, scheme: str, most_height: int | None = None) -> Look:
        """The page in a fresh tab, scrolled nowhere; in the picture its length up to a height."""
        target = self._ask("Target.createTarget", {"url": "about:blank"})["targetId"]
        tab = self._ask("Target.attachToTarget", {"targetId": target, "flatten": True})
        session = str(tab["sessionId"])

        def ask(method: str, **parameters: Any) -> dict[str, Any]:
            return self._ask(method, parameters, session)

        for domain in ("Page", "Runtime", "Log", "Network"):
            ask(f"{domain}.enable")
        ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=900,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        ask(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": scheme}],
        )
        self._events.clear()
        address = page.resolve().as_uri()
        ask("Page.navigate", url=address)
        self._await("Page.loadEventFired", session)
        measured = ask("Runtime.evaluate", expression=_MEASURE, returnByValue=True)["result"]
        height = measured["value"]["height"]
        clip = {"x": 0, "y": 0, "width": width, "height": min(height, most_height or height)}
        picture = ask(
            "Page.captureScreenshot",
            format="png",
            captureBeyondViewport=True,
            clip={**clip, "scale": 1},
        )
        events = [event for event in self._events if event.get("sessionId") == session]
        self._ask("Target.closeTarget", {"targetId": target})
        return Look(
            width=width,
            scheme=scheme,
            scroll_width=measured["value"]["scroll"],
            inner_width=measured["value"]["inner"],
            requests=tuple(url for url in map(_requested, events) if url and url != address),
            complaints=tuple(filter(None, map(_complaint, events))),
            text=measured["value"]["text"],
            least_contrast=tuple(measured["value"]["contrast"]),
            spilling=tuple(measured["value"]["spilling"]),
            picture=base64.b64decode(picture["data"]),
        )

    def _ask(
        self, method: str, parameters: dict[str, Any], session: str | None = None
    ) -> dict[str, Any]:
        number = next(self._ids)
        message: dict[str, Any] = {"id": number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        self._socket.send(json.dumps(message))
        while True:
            answer = self._receive()
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return dict(answer["result"])

    def _await(self, event: str, session: str) -> None:
        def has_come() -> bool:
            return any(
                seen["method"] == event and seen.get("sessionId") == session
                for seen in self._events
            )

        while not has_come():
            self._receive()

    def _receive(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(self._socket.recv())
        if "method" in message:
            self._events.append(message)
        return message


def _requested(event: dict[str, Any]) -> str | None:
    if event["method"] != "Network.requestWillBeSent":
        return None
    url = str(event["params"]["request"]["url"])
    return None if url.startswith("data:") else url


def _complaint(event: dict[str, Any]) -> str | None:
    if event["method"] == "Runtime.exceptionThrown":
        return str(event["params"]["exceptionDetails"]["text"])
    if event["method"] == "Runtime.consoleAPICalled":
        return str(event["params"]["type"])
    if event["method"] == "Log.entryAdded":
        return str(event["params"]["entry"]["text"])
    return None


@contextmanager
def browser() -> Iterator[Browser]:
    """A Chromium with an empty profile of its own, ended on leaving the block."""
    program = chromium()
    if program is None:
        raise RuntimeError(f"{REQUIRED} is set and Chromium is not installed")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [program, *_QUIET_FLAGS, f"--user-data-dir={profile}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            running = Browser(_address(Path(profile) / "DevToolsActivePort", process))
            try:
                yield running
            finally:
                running.close()
        finally:
            process.terminate()
            process.wait(timeout=_START_TIMEOUT_S)


def _address(told: Path, process: subprocess.Popen[bytes]) -> str:
    """Where the browser listens, as soon as it says so."""
    end = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"Chromium ended with exit code {process.returncode}")
        lines = told.read_text().split() if told.exists() else []
        if len(lines) == 2:
            return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
        time.sleep(0.05)
    raise RuntimeError("Chromium did not start in time")


def take_pictures(page: Path, folder: Path) -> list[Path]:
    """Pictures of the upper part of a page, at every width and in every scheme, named by both."""
    folder.mkdir(parents=True, exist_ok=True)
    taken = []
    with browser() as running:
        for width, scheme in itertools.product(WIDTHS, SCHEMES):
            look = running.look(page, width, scheme, most_height=PICTURE_HEIGHTS[width])
            taken.append(folder / f"{page.stem}-{width}-{scheme}.png")
            taken[-1].write_bytes(look.picture)
    return taken


if __name__ == "__main__":
    for picture in take_pictures(Path(sys.argv[1]), Path(sys.argv[2])):
        sys.stdout.write(f"{picture}\n")
