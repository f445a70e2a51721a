"""``dueng lint``."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from dueng_analytics.catalog import load_catalog
from dueng_analytics.cli.options import configured, json_option, project_option
from dueng_analytics.cli.output import count_of, shown_path
from dueng_analytics.cli.views import chosen_views
from dueng_analytics.quality.lint import RULES, Problem, lint


@click.command("lint")
@click.argument("names", metavar="[VIEW]...", nargs=-1)
@click.option("--rules", "show_rules", is_flag=True, help="List the rules instead.")
@json_option
@project_option
@click.pass_context
def command(
    context: click.Context,
    names: tuple[str, ...],
    show_rules: bool,
    as_json: bool,
    project: Path | None,
) -> None:
    """The house rules over views: what a run on the local engine cannot show.

    Without a name every view is looked at, packaged or the project's. docs/sql-style.md explains
    each rule. Exit 1 where there is a problem.
    """
    if show_rules:
        _show_rules(as_json)
        return
    config = configured(project)
    catalog = load_catalog(*config.sql_folders)
    views = chosen_views(catalog, names)
    problems = lint(catalog, views, datetime.now(UTC).date())
    if as_json:
        click.echo(json.dumps([_facts(problem) for problem in problems], indent=2))
    else:
        for problem in problems:
            click.echo(_line(problem))
        click.echo(
            f"{count_of(len(views), 'view')}, {count_of(len(RULES), 'rule')}:"
            f" {count_of(len(problems), 'problem')}"
        )
    if problems:
        context.exit(1)


def _show_rules(as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(RULES, indent=2))
        return
    width = max(map(len, RULES))
    for name, words in RULES.items():
        click.echo(f"{name:<{width}}  {words}")


def _line(problem: Problem) -> str:
    place = shown_path(problem.where.path)
    if problem.where.line:
        place += f":{problem.where.line}"
    return f"{place}: {problem.rule}: {problem.what}. {problem.hint}".rstrip()


def _facts(problem: Problem) -> dict[str, object]:
    return {
        "view": problem.view,
        "rule": problem.rule,
        "path": str(problem.where.path),
        "line": problem.where.line or None,
        "what": problem.what,
        "hint": problem.hint,
    }
