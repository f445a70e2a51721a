"""House rules of the code itself that no linter knows."""

from __future__ import annotations

import ast
from pathlib import Path

import dueng_analytics

PACKAGE = Path(dueng_analytics.__file__).parent
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "_data" not in path.parts)
LONGEST = 400
NAMES_OF_NOTHING = {"utils", "helpers", "manager", "common", "misc", "base_utils"}


def name_of(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


def test_every_module_is_short_enough_to_be_one_thing():
    lengths = {name_of(path): len(path.read_text("utf-8").splitlines()) for path in MODULES}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_no_module_has_a_name_that_says_nothing():
    assert [name_of(path) for path in MODULES if path.stem in NAMES_OF_NOTHING] == []


def test_every_module_and_public_definition_says_what_it_is():
    silent = []
    for path in MODULES:
        tree = ast.parse(path.read_text("utf-8"))
        public = [
            node
            for node in tree.body
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_")
        ]
        silent += [
            f"{name_of(path)}: {getattr(node, 'name', 'the module')}"
            for node in (tree, *public)
            if not ast.get_docstring(node)
        ]
    assert silent == []


def test_only_the_command_line_prints_or_ends_the_process():
    forbidden = {"print", "exit", "quit", "sys.exit", "os._exit", "click.echo"}
    found = [
        f"{name_of(path)}:{node.lineno}"
        for path in MODULES
        if path.relative_to(PACKAGE).parts[0] != "cli"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in forbidden
    ]
    assert found == []
