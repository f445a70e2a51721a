"""sqlglot's compiled classes, which the extra ``compiled`` installs, can be used."""

import inspect
import pkgutil
from importlib import import_module

import dueng_analytics


def classes():
    for module in pkgutil.walk_packages(dueng_analytics.__path__, "dueng_analytics."):
        if not module.name.endswith("__main__"):
            yield from vars(import_module(module.name)).values()


def test_no_class_derives_from_one_of_sqlglot_which_its_compiled_classes_forbid():
    own = {c for c in classes() if inspect.isclass(c) and c.__module__.startswith("dueng_")}
    assert len(own) > 100
    derived = {c for c in own if any(base.__module__.startswith("sqlglot") for base in c.__mro__)}
    assert not derived
