"""Code blocks of the documents, carried out in the order in which a reader would.

A block's first line names its language and, where it is a file, its path::

    ```console            each line after `$ ` is a command; what follows is its output. One with
                          ``--target`` runs where there are targets
    ```sql file=PATH      written to PATH below the reader's folder; likewise yaml, toml, csv
    ```sql                run as a query over the packaged events
    ```python             executed; assertions in it must hold
    ```sh, ```text        not run here: installing is `.ci/run`'s, text is no code
"""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from dueng_analytics.cli import main

_BLOCK = re.compile(r"^```(?P<info>[^\n]+)\n(?P<body>.*?)^```$", re.M | re.S)
LANGUAGES = ("console", "sql", "yaml", "toml", "csv", "python", "sh", "text")


@dataclass(frozen=True)
class Block:
    """One fenced block of a document."""

    document: Path
    line: int
    language: str
    file: str | None
    body: str

    @property
    def label(self) -> str:
        return f"{self.document.name}:{self.line}"


def blocks(document: Path) -> list[Block]:
    """The fenced blocks of a document in order."""
    text = document.read_text("utf-8")
    found = []
    for match in _BLOCK.finditer(text):
        language, _, rest = match["info"].strip().partition(" ")
        assert language in LANGUAGES, f"{document.name}: a block in {language!r}"
        file = rest.removeprefix("file=") if rest.startswith("file=") else None
        line = text.count("\n", 0, match.start()) + 1
        found.append(Block(document, line, language, file, match["body"]))
    return found


def run(arguments: list[str]) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of one ``dueng`` command."""
    out, err = io.StringIO(), io.StringIO()
    code = 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(arguments)
        except SystemExit as leaving:
            code = int(leaving.code or 0)
    return code, out.getvalue(), err.getvalue()


def carry_out(block: Block, folder: Path, *, with_targets: bool = False) -> None:
    """Do what a block says below a folder; AssertionError where it does not come out as written."""
    if block.file is not None:
        path = folder / block.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.body, "utf-8")
    elif block.language == "console":
        for command, expected in commands(block.body):
            if with_targets or "--target" not in command:
                _assert_command(block, command, expected)
    elif block.language == "sql":
        _assert_command(block, ["dueng", "query", block.body, "--events", "fixtures"], None)
    elif block.language == "python":
        exec(compile(block.body, block.label, "exec"), {"__name__": "document"})


def commands(body: str) -> list[tuple[list[str], str | None]]:
    """The words of each command in a console block, with the output that is shown."""
    found: list[tuple[list[str], str | None]] = []
    for part in re.split(r"^\$ ", body, flags=re.M)[1:]:
        text, output = _command_and_output(part)
        found.append((shlex.split(text), output or None))
    return found


def _command_and_output(part: str) -> tuple[str, str]:
    """A command ends with its line, unless a quotation or a backslash goes on."""
    lines = part.splitlines(keepends=True)
    for count in range(1, len(lines) + 1):
        text = "".join(lines[:count])
        if text.rstrip().endswith("\\"):
            continue
        with contextlib.suppress(ValueError):
            shlex.split(text)
            return text, "".join(lines[count:])
    raise AssertionError(f"a quotation is not closed: {part}")


def _assert_command(block: Block, command: list[str], expected: str | None) -> None:
    if command[0] == "cat":
        return
    assert command[0] == "dueng", f"{block.label}: {command[0]} is not run by the tests"
    code, out, err = run(command[1:])
    assert code == 0, f"{block.label}: exit {code}\n{err}"
    if expected is not None:
        assert _trimmed(out) == _trimmed(expected), f"{block.label}:\n{out}"


def _trimmed(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())
