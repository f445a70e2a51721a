"""Copies of syntax trees, for the steps that change one."""

from __future__ import annotations

from typing import TypeVar

from sqlglot import exp

Tree = TypeVar("Tree", bound=exp.Expr)


def copied(tree: Tree) -> Tree:
    """A copy that shares the types of its nodes with the original.

    Types are exchanged and never changed in place; sqlglot's own copy makes each of them anew,
    which takes longer than everything else that a translation does.
    """
    root = tree.__class__()
    pending: list[tuple[exp.Expr, exp.Expr]] = [(tree, root)]
    while pending:
        node, copy = pending.pop()
        copy.comments = node.comments
        copy.type = node.type
        if node.meta:
            copy.meta.update(node.meta)
        for name, value in node.args.items():
            if isinstance(value, exp.Expr):
                part = value.__class__()
                pending.append((value, part))
                copy.set(name, part)
            elif isinstance(value, list):
                copy.args[name] = []
                for item in value:
                    part = item.__class__() if isinstance(item, exp.Expr) else item
                    if isinstance(item, exp.Expr):
                        pending.append((item, part))
                    copy.append(name, part)
            else:
                copy.args[name] = value
    return root
