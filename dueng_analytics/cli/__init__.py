"""The ``dueng`` command: the only place that prints or exits."""

from dueng_analytics.cli.start import main

__all__ = ["main"]
