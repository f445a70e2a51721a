"""The ``dueng`` command: the only place that prints or exits."""

from dueng_analytics.cli.app import main

__all__ = ["main"]
