"""Lint: the house rules over views, with the exceptions that a view declares.

Rules that a statement alone can break are in :mod:`dueng_analytics.dialect.lint`, those that need
a view's definition in :mod:`dueng_analytics.quality.lint_definitions`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from dueng_analytics.catalog import Catalog
from dueng_analytics.dialect.lint import SYNTAX_RULES, merged_map_columns, syntax_findings
from dueng_analytics.errors import DuengError, Location, near_names
from dueng_analytics.model.definitions import LintException, View
from dueng_analytics.quality.lint_definitions import DEFINITION_RULES, Bound, Complaint

SQL, EXCEPTION = "sql", "exception"
"""What a statement that cannot be bound, and a wrong exception, are called; neither is a rule."""

RULES: Mapping[str, str] = dict(
    sorted(
        (name, " ".join((rule.__doc__ or "").split()))
        for rules in (SYNTAX_RULES, DEFINITION_RULES)
        for name, rule in rules.items()
    )
)
"""Every rule by its name, in words."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A view that breaks a rule: where, what is there, and the way out."""

    view: str
    rule: str
    what: str
    hint: str
    where: Location


def lint(catalog: Catalog, views: Sequence[View], today: date) -> tuple[Problem, ...]:
    """What is wrong with the given views, view by view in the order given, top to bottom.

    Args:
        today: the day on which exceptions are looked at.
    """
    merged: set[tuple[str, str, str]] = set()
    found: dict[str, list[Problem]] = {}
    wanted = {view.qualified_name for view in views}
    for view in catalog.in_order(views):
        if not isinstance(view, View):
            continue
        try:
            typed = catalog.typed(view)
        except DuengError as error:
            found[view.qualified_name] = [_unbound(view, error)]
            continue
        known = frozenset(merged)
        merged.update((view.family, view.name, name) for name in merged_map_columns(typed, known))
        if view.qualified_name not in wanted:
            continue
        bound = Bound(catalog, view, typed)
        problems = [
            _problem(view, rule, bound.in_sql(finding.what, finding.hint, finding.line))
            for rule, finding in syntax_findings(typed, known)
        ]
        for rule, check in DEFINITION_RULES.items():
            problems.extend(_problem(view, rule, complaint) for complaint in check(bound))
        found[view.qualified_name] = problems
    problems = [
        problem
        for view in views
        for problem in _after_exceptions(view, found[view.qualified_name], today)
    ]
    # What is wrong with a column that views share is said of the first of them.
    return tuple(
        {(item.where, item.rule, item.what): item for item in reversed(problems)}.values()
    )[::-1]


def _problem(view: View, rule: str, complaint: Complaint) -> Problem:
    return Problem(view.qualified_name, rule, complaint.what, complaint.hint, complaint.where)


def _unbound(view: View, error: DuengError) -> Problem:
    """The problem of a view whose SELECT cannot be bound; the error names its own place."""
    line = 0
    prefix = f"{view.sql_path}:"
    if error.where is not None and error.where.startswith(prefix):
        line = int(error.where.removeprefix(prefix).partition(":")[0])
    return Problem(
        view.qualified_name, SQL, error.what, error.hint or "", Location(view.sql_path, line)
    )


def _after_exceptions(view: View, problems: Sequence[Problem], today: date) -> Iterator[Problem]:
    """The problems that no exception of the view covers, and what is wrong with the exceptions."""
    excepted = {item.rule for item in view.lint_exceptions if item.expires >= today}
    yield from sorted(
        (problem for problem in problems if problem.rule not in excepted),
        key=lambda problem: (str(problem.where.path), problem.where.line, problem.rule),
    )
    broken = {problem.rule for problem in problems}
    for item in view.lint_exceptions:
        wrong = _wrong_exception(item, broken, today)
        if wrong is not None:
            yield Problem(view.qualified_name, EXCEPTION, *wrong, item.where)


def _wrong_exception(item: LintException, broken: set[str], today: date) -> tuple[str, str] | None:
    """What is wrong with an exception and the way out, or None."""
    if item.rule not in RULES:
        near = near_names(item.rule, RULES)
        hint = f"Did you mean {' or '.join(near)}?" if near else f"Rules: {', '.join(RULES)}."
        return f"there is no rule {item.rule!r}", hint
    if not item.reason:
        return f"the exception from {item.rule} has no reason", "Say why the rule is broken."
    if item.rule not in broken:
        return f"the exception from {item.rule} is not needed", "Take it out."
    if item.expires < today:
        return (
            f"the exception from {item.rule} expired on {item.expires:%Y-%m-%d}",
            "Keep to the rule, or decide anew until when it may be broken.",
        )
    return None
