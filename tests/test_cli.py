"""The command line as a whole."""

import subprocess
import sys

from dueng_analytics import __version__


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dueng_analytics", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_version_is_printed():
    done = run("--version")
    assert (done.returncode, done.stdout.strip()) == (0, f"dueng, version {__version__}")


def test_an_unknown_option_exits_with_two_and_no_traceback():
    done = run("--nonsense")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "--nonsense" in done.stderr
