"""The command line as a whole."""

import importlib
import json
import subprocess
import sys

import pytest
from command_reference import commands
from documents import run

from dueng_analytics import __version__
from dueng_analytics.cli.overview import COMMANDS, EXIT_CODES


def process(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dueng_analytics", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_version_is_printed():
    done = process("--version")
    assert (done.returncode, done.stdout.strip()) == (0, f"dueng, version {__version__}")


def test_an_unknown_option_exits_with_two_and_no_traceback():
    done = process("--nonsense")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "--nonsense" in done.stderr


def test_every_command_of_the_table_exists_and_the_table_is_sorted():
    assert list(COMMANDS) == sorted(COMMANDS)
    for name, (module, _) in COMMANDS.items():
        command = importlib.import_module(f"dueng_analytics.cli.{module}").command
        assert command.name == name


@pytest.mark.parametrize("command", [path for path, _ in commands()])
def test_every_command_helps(command: str):
    code, out, _ = run([*command.split()[1:], "--help"])
    assert code == 0
    assert out.startswith(f"Usage: {command} ")


def test_help_imports_nothing_that_only_work_needs():
    program = (
        "import sys; from dueng_analytics.cli import main; main(['--help'])\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    heavy = {"babel", "boto3", "click", "duckdb", "jinja2", "pandas", "pyarrow", "rich", "sqlglot"}
    assert "Commands" in done.stdout
    assert heavy & set(done.stderr.split()) == set()


def test_a_command_imports_nothing_of_the_others():
    program = (
        "import sys; from dueng_analytics.cli import main; main(['source', '--help'])\n"
        "print(*sorted(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert "dueng_analytics.cli.source" in done.stderr
    assert "dueng_analytics.cli.report" not in done.stderr


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["--help", "--help"]])
def test_the_help_names_every_command_and_exit_code(arguments: list[str]):
    code, out, _ = run(arguments)
    assert code == 0
    lines = [line.split(maxsplit=1) for line in out.splitlines()]
    for name, (_, text) in COMMANDS.items():
        assert [name, text] in lines
    for exit_code, meaning in EXIT_CODES.items():
        assert [str(exit_code), meaning] in lines


def test_without_a_command_the_help_stands_where_errors_do():
    code, out, err = run([])
    assert (code, out) == (2, "")
    assert "Commands" in err


def test_list_names_every_relation_for_a_person_and_for_a_script():
    code, out, _ = run(["list"])
    assert code == 0
    relations = {entry["name"] for entry in json.loads(run(["list", "--json"])[1])}
    assert {"all_events", "email_send"} <= relations
    assert all(name in out for name in relations)


def test_list_of_an_unknown_family_names_the_nearest():
    code, _, err = run(["list", "--family", "pinpont"])
    assert code == 2
    assert "Did you mean pinpoint?" in err


def test_show_tells_definition_columns_and_lineage():
    code, out, _ = run(["show", "email_send"])
    assert code == 0
    assert "one row is one `_email.send` record" in out
    assert "└── pinpoint.all_events (source)" in out
    facts = json.loads(run(["show", "email_send", "--json"])[1])
    assert facts["columns"][0]["name"] == "event_timestamp"
    assert facts["reads"] == ["pinpoint.all_events"]


def test_show_of_a_source_tells_its_layouts():
    code, out, _ = run(["show", "all_events"])
    assert code == 0
    assert "projected: table all_events_raw, partitioned by datehour string" in out


def test_config_is_a_table_for_a_person(tmp_path, monkeypatch):
    (tmp_path / "dueng.toml").write_text("threads = 3\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    code, out, _ = run(["config", "--names", "names.csv"])
    assert code == 0
    assert out.startswith(f"project folder: {tmp_path}\n")
    cells = {line.split()[0]: line.split()[1:] for line in out.splitlines()[2:]}
    assert cells["threads"] == ["3", f"{tmp_path / 'dueng.toml'}:1"]
    assert cells["names"] == ["names.csv", "--names"]
    assert cells["locale"] == ["en_US", "default"]


def test_config_tells_each_value_with_its_origin(monkeypatch):
    monkeypatch.setenv("DUENG_REGION", "eu-west-1")
    settings = json.loads(run(["config", "--timezone", "Asia/Tokyo", "--json"])[1])["settings"]
    assert settings["region"] == {"value": "eu-west-1", "origin": "DUENG_REGION"}
    assert settings["time_zone"] == {"value": "Asia/Tokyo", "origin": "--timezone"}
    assert settings["locale"]["origin"] == "default"


def test_source_ddl_prints_a_statement_and_tells_what_to_fill_in():
    code, out, err = run(["source", "ddl", "all_events"])
    assert code == 0
    assert out.startswith("CREATE EXTERNAL TABLE IF NOT EXISTS `due_eventdb`.`all_events_raw`")
    assert "--location" in err


def test_source_ddl_of_a_view_says_what_prints_it():
    code, _, err = run(["source", "ddl", "email_send"])
    assert code == 2
    assert "dueng sql email_send --ddl" in err


def test_an_adapter_under_the_name_of_its_own_table_is_refused():
    code, _, err = run(["source", "adapter", "all_events", "--table", "all_events"])
    assert code == 2
    assert "needs no adapter" in err
