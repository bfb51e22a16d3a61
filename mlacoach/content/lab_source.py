"""What a function of a lab's file needs beside itself: its imports, its constants, its helpers, as they are written."""

import ast
from collections.abc import Iterator, Mapping
from functools import lru_cache


def needed_by(source: str, function: str) -> tuple[str, ...]:
    """The top-level pieces of the source that a function uses, by themselves or through others, in the order written.

    Args:
        source: a file's text.
        function: the name of one of its functions; it is not among the pieces.
    """
    tree = _parsed(source)
    by_name = {name: node for node in tree.body for name in _defines(node)}
    wanted, found = [function], {function}
    while wanted:
        for name in _names_in(by_name, wanted.pop()):
            if name in by_name and name not in found:
                found.add(name)
                wanted.append(name)
    nodes = {id(by_name[name]) for name in found - {function}}
    lines = source.splitlines()
    return tuple("\n".join(lines[_first(node) : node.end_lineno]) for node in tree.body if id(node) in nodes)


@lru_cache(maxsize=2)
def _parsed(source: str) -> ast.Module:
    """A file is asked about for each of its steps."""
    return ast.parse(source)


def _defines(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from ((each.asname or each.name).partition(".")[0] for each in node.names)
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        names = (each for each in ast.walk(node) if isinstance(each, ast.Name))
        yield from (each.id for each in names if isinstance(each.ctx, ast.Store))


def _names_in(by_name: Mapping[str, ast.stmt], name: str) -> Iterator[str]:
    return (each.id for each in ast.walk(by_name[name]) if isinstance(each, ast.Name))


def _first(node: ast.stmt) -> int:
    """The number of its first line, from 0."""
    decorators = node.decorator_list if isinstance(node, ast.FunctionDef | ast.ClassDef) else []
    return min([node.lineno, *(each.lineno for each in decorators)]) - 1
