"""The local AWS of the tests: moto's server and a real Trino on top of it, on this machine only.

By hand, for whoever develops views::

    python -m tests.stack fetch     the Trino server and its Hive connector, once, about 450 MB
    python -m tests.stack up        start both; prints addresses and settings to use
    python -m tests.stack status    what runs
    python -m tests.stack down      stop both

``DUENG_STACK_CACHE`` is another folder for what is fetched, ``DUENG_STACK_JAVA`` another Java.
"""
