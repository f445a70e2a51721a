"""``python -m dueng_analytics`` is the ``dueng`` command."""

from dueng_analytics.cli import main

main()
