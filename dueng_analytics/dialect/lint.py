"""The house rules that a statement's tree alone can break, each a small function.

What parses and runs on the local engine may still fail, cost too much or mean something else on
Athena; these rules are what a local engine cannot show.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlglot import exp

from dueng_analytics.dialect import lint_shape, lint_text, lint_values
from dueng_analytics.dialect.allowlist import portability_problems
from dueng_analytics.dialect.lineage import Lineage, unaliased
from dueng_analytics.dialect.lint_finding import Finding, RelationColumn, Rule, Subject
from dueng_analytics.dialect.typing import Typed


def portable(subject: Subject) -> Iterator[Finding]:
    """Only functions and syntax of the portable list are used, with the types that they take."""
    for problem in portability_problems(subject.typed):
        yield Finding(f"{problem.construct} {problem.reason}", problem.hint, problem.line)


SYNTAX_RULES: Mapping[str, Rule] = {
    "bounded-text": lint_text.bounded_text,
    "current-time": lint_values.current_time,
    "division-by-zero": lint_values.guarded_division,
    "element-at": lint_values.element_at,
    "epoch": lint_values.epoch,
    "filter-before-unnest": lint_shape.filter_before_unnest,
    "final-order": lint_shape.final_order,
    "import-first": lint_shape.import_first,
    "integer-division": lint_values.integer_division,
    "json-try": lint_values.parsing_under_try,
    "like-wildcard": lint_values.like_wildcard,
    "map-concat-lookup": lint_values.map_concat_lookup,
    "portable": portable,
    "select-star": lint_shape.select_star,
    "semicolon": lint_shape.semicolon,
    "unnest-rows": lint_shape.unnested_rows,
    "zoned-cast": lint_values.zoned_cast,
    "zoned-output": lint_values.zoned_output,
}


def syntax_findings(
    typed: Typed, merged_maps: frozenset[RelationColumn] = frozenset()
) -> Iterator[tuple[str, Finding]]:
    """Each place of a bound statement that breaks a rule, with the rule's name, rule by rule.

    Args:
        merged_maps: the columns of other relations that hold a ``map_concat``.
    """
    subject = Subject(typed, Lineage(typed), merged_maps)
    for name, rule in SYNTAX_RULES.items():
        for found in rule(subject):
            yield name, found


def merged_map_columns(
    typed: Typed, merged_maps: frozenset[RelationColumn] = frozenset()
) -> tuple[str, ...]:
    """The output columns of a bound statement that hold a ``map_concat``.

    Args:
        merged_maps: the columns of other relations that do.
    """
    subject = Subject(typed, Lineage(typed), merged_maps)
    return tuple(
        node.output_name
        for node in typed.tree.selects
        if node.is_type(exp.DType.MAP) and lint_values.is_map_concat(unaliased(node), subject)
    )
