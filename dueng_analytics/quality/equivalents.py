"""Mutants that gave their view's rows on every generated input, kept so that none is shown twice.

A mutant is known by a digest of what the proof rests on: the view's statement and the mutant's,
the macros that they call, what the relations that it reads promise, and the code that generates
rows. Whatever of these changes, the proof is made anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path

import yaml

from dueng_analytics.catalog import Catalog
from dueng_analytics.dialect import macros_of
from dueng_analytics.model.definitions import View
from dueng_analytics.model.yaml_node import read_yaml
from dueng_analytics.quality import generation
from dueng_analytics.quality.stage import Template

EQUIVALENTS_FILE = "equivalent_mutants.yaml"
_HEADING = """\
# Mutants that mean the same as their view, as far as 1,000 generated inputs tell. Written by
# `dueng test --mutate --record`; a view or test that changes makes its lines void, not wrong.
"""


def read_equivalents(catalog: Catalog) -> frozenset[str]:
    """The digests of the known mutants of every ``sql/`` folder of a catalog.

    Raises:
        DefinitionError: with file and line, a file of another form.
    """
    found: set[str] = set()
    for root in catalog.definitions.roots:
        if (root / EQUIVALENTS_FILE).is_file():
            found.update(
                digest for mutants in _read(root / EQUIVALENTS_FILE).values() for digest in mutants
            )
    return frozenset(found)


def record_equivalents(catalog: Catalog, shown: Mapping[str, Mapping[str, str]]) -> Sequence[Path]:
    """The files that were written: what was shown of some views in the place of what was known.

    Args:
        shown: by qualified name of a view, the change of each equivalent mutant by its digest.
    """
    written = []
    for root in catalog.definitions.roots:
        own = {
            name: mutants
            for name, mutants in shown.items()
            if isinstance(view := catalog.relations[name], View) and root in view.folder.parents
        }
        if own:
            path = root / EQUIVALENTS_FILE
            known = _read(path) if path.is_file() else {}
            path.write_text(_text({**known, **own}), "utf-8")
            written.append(path)
    return written


def digest(catalog: Catalog, view: View, original: Template, changed: Template) -> str:
    """What identifies the proof that a mutant gives its view's rows: 16 hexadecimal digits."""
    promised = [
        (
            relation.qualified_name,
            [(name, kind.trino) for name, kind in catalog.columns(relation).items()],
            [column.name for column in relation.columns if not column.nullable],
            relation.event_key if isinstance(relation, View) else (),
        )
        for relation in catalog.upstream(view)
    ]
    macros = macros_of([original.text, changed.text])
    parts = (original.text, changed.text, *macros, repr(promised), _generator())
    return sha256("\x00".join(parts).encode()).hexdigest()[:16]


@cache
def _generator() -> str:
    return Path(generation.__file__).read_text("utf-8")


def _read(path: Path) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for node in read_yaml(path).sequence():
        entries = node.mapping(required=("relation", "mutants"))
        found[entries["relation"].text()] = {
            parts["digest"].text(): parts["change"].text()
            for parts in (
                mutant.mapping(required=("digest", "change"))
                for mutant in entries["mutants"].sequence()
            )
        }
    return found


def _text(known: Mapping[str, Mapping[str, str]]) -> str:
    rows: Iterable[object] = [
        {
            "relation": name,
            "mutants": [{"digest": key, "change": change} for key, change in mutants.items()],
        }
        for name, mutants in sorted(known.items())
        if mutants
    ]
    return _HEADING + yaml.safe_dump(
        rows, sort_keys=False, allow_unicode=True, width=120, default_style=None
    )
