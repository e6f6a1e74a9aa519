"""The rules of style that can be counted, over every package.

`python -m tests.test_style policy browser` lists what is left in these packages, `python -m tests.test_style` in all.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import pytest

import crossorigin

PACKAGE: Final = Path(crossorigin.__file__).parent

# Packages of src/crossorigin, or modules, in the order in which they were finished: all of them.
FINISHED: Final[tuple[str, ...]] = (
    "__main__",
    "standards",
    "report",
    "transport",
    "cli",
    "policy",
    "server",
    "middleware",
    "origins",
    "testing",
    "explain",
    "probes",
    "browser",
    "audit",
    "verify",
    "check",
    "demo",
    "__init__",
)

LONGEST: Final = 3
COMPREHENSIONS: Final = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
LITERALS: Final = (ast.Constant, ast.JoinedStr, ast.List, ast.Tuple, ast.Set, ast.Dict)
# What may be written around a call or a literal without making it another kind of statement.
AROUND: Final = (ast.Await, ast.Yield, ast.YieldFrom, ast.Starred)


class Fault(NamedTuple):
    line: int
    rule: str


def conditions_inside(node: ast.AST) -> list[ast.IfExp]:
    """The conditional expressions below a node."""
    return [below for below in ast.walk(node) if isinstance(below, ast.IfExp) and below is not node]


def conditional_expressions(tree: ast.Module) -> Iterator[Fault]:
    for node in ast.walk(tree):
        if isinstance(node, ast.IfExp):
            for inner in conditions_inside(node):
                yield Fault(inner.lineno, "a conditional expression in a conditional expression")
        elif isinstance(node, COMPREHENSIONS):
            for inner in conditions_inside(node):
                yield Fault(inner.lineno, "a conditional expression in a comprehension")
        elif isinstance(node, ast.JoinedStr):
            for inner in conditions_inside(node):
                yield Fault(inner.lineno, "a conditional expression in an f-string")
        elif isinstance(node, ast.Call):
            for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
                for inner in [below for below in ast.walk(argument) if isinstance(below, ast.IfExp)]:
                    yield Fault(inner.lineno, "a conditional expression in an argument")


def comprehensions(tree: ast.Module) -> Iterator[Fault]:
    for node in ast.walk(tree):
        if isinstance(node, COMPREHENSIONS) and len(node.generators) > 1:
            yield Fault(node.lineno, "a comprehension with two `for`s")


def variables(tree: ast.Module) -> Iterator[Fault]:
    for node in ast.walk(tree):
        named = isinstance(node, ast.Name) and node.id == "it" and isinstance(node.ctx, ast.Store)
        argument = isinstance(node, ast.arg) and node.arg == "it"
        caught = isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name == "it"
        if named or argument or caught:
            yield Fault(node.lineno, "a variable called `it`")


def said(statement: ast.stmt) -> list[ast.expr]:
    """The expressions of a statement itself: of a compound one, those before the colon. Signatures do not count."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return list(statement.decorator_list)
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return []
    return [child for child in ast.iter_child_nodes(statement) if isinstance(child, ast.expr)]


def is_call_or_literal(expression: ast.expr) -> bool:
    while isinstance(expression, AROUND) and expression.value is not None:
        expression = expression.value
    if isinstance(expression, ast.Subscript):  # a type, such as `Literal["a", "b"]`
        return isinstance(expression.value, ast.Name | ast.Attribute)
    return isinstance(expression, (ast.Call, *LITERALS))


def lines_of(node: ast.stmt | ast.expr) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def long_statements(tree: ast.Module) -> Iterator[Fault]:
    """Parts of a statement are looked at one by one: `assert` and `=` have two, `with` has several."""
    for node in ast.walk(tree):
        if isinstance(node, ast.withitem):
            parts = [node.context_expr]
        elif isinstance(node, ast.stmt):
            parts = said(node)
        else:
            continue
        for part in parts:
            if lines_of(part) > LONGEST and not is_call_or_literal(part):
                yield Fault(part.lineno, f"a statement of more than {LONGEST} lines")


RULES: Final = (conditional_expressions, comprehensions, variables, long_statements)


def faults(source: str) -> list[Fault]:
    """Every fault of a file, each line and rule once."""
    tree = ast.parse(source)
    return sorted({fault for rule in RULES for fault in rule(tree)})


def files(name: str) -> list[Path]:
    """The files of a package, or the one file of a module."""
    found = sorted((PACKAGE / name).rglob("*.py")) or [PACKAGE / f"{name}.py"]
    assert found[0].is_file(), f"there is no package {name}"
    return found


def left(name: str) -> list[str]:
    lines = []
    for file in files(name):
        lines += [f"{file.relative_to(PACKAGE)}:{line}: {rule}" for line, rule in faults(file.read_text())]
    return lines


def everything() -> list[str]:
    """The packages and modules of src/crossorigin."""
    return sorted({file.relative_to(PACKAGE).parts[0].removesuffix(".py") for file in PACKAGE.rglob("*.py")})


def test_every_package_is_finished() -> None:
    assert sorted(FINISHED) == everything()


def test_finished_packages_follow_the_rules() -> None:
    found = []
    for name in FINISHED:
        found += left(name)
    assert found == []


NESTED, INNER = "a conditional expression in a conditional expression", "a conditional expression in a comprehension"
ARGUMENT, STRING = "a conditional expression in an argument", "a conditional expression in an f-string"
FORS, IT, LONG = "a comprehension with two `for`s", "a variable called `it`", "a statement of more than 3 lines"

TABLE: list[tuple[str, list[str]]] = [
    ("a = b if c else d", []),
    ("a = b if c else (d if e else f)", [NESTED]),
    ("a = (b if c else d) if e else f", [NESTED]),
    ("a = b if c else f(d if e else g)", [NESTED, ARGUMENT]),
    ("a = [b if c else d for e in f]", [INNER]),
    ("a = [e for e in (b if c else d)]", [INNER]),
    ("a = {b: (b if c else d) for b in f}", [INNER]),
    ("a = f(b if c else d)", [ARGUMENT]),
    ("a = f(key=b if c else d)", [ARGUMENT]),
    ("a = f([b if c else d])", [ARGUMENT]),
    ("a = f(lambda b: b if c else d)", [ARGUMENT]),
    ("a = (f if b else g)(c)", []),
    ('a = f"{b if c else d}"', [STRING]),
    ("a = [b if c else d]", []),
    ("a = [e for f in g for e in f]", [FORS]),
    ("a = (e for f in g for e in f if f)", [FORS]),
    ("a = [e for e in f if e if g]", []),
    ("a = [[e for e in f] for f in g]", []),
    ("it = 1", [IT]),
    ("for it in a: pass", [IT]),
    ("a = [it for it in b]", [IT]),
    ("a, (it, b) = c", [IT]),
    ("if (it := a): pass", [IT]),
    ("def f(it): pass", [IT]),
    ("a = lambda it: 1", [IT]),
    ("with a as it: pass", [IT]),
    ("try: pass\nexcept A as it: pass", [IT]),
    ("match a:\n case [b, *it]: pass", [IT]),
    ("match a:\n case b as it: pass", [IT]),
    ("a = it", []),
    ("a = b.it", []),
    ("a = f(it=1)", []),
    ("a = (b\n and c\n and d)", []),
    ("a = (b\n and c\n and d\n and e)", [LONG]),
    ("a += (b\n + c\n + d\n + e)", [LONG]),
    ("return_ = [\n b\n for b in c\n if d\n]", [LONG]),
    ("def f():\n return [\n  b\n  for b in c\n  if d\n ]", [LONG]),
    ("if (\n a\n and b\n and c\n and d\n): pass", [LONG]),
    ("while (a\n or b\n or c\n or d): pass", [LONG]),
    ("for a in (b\n + c\n + d\n + e): pass", [LONG]),
    ("with (b\n or c\n or d\n or e): pass", [LONG]),
    ("assert a, (b\n + c\n + d\n + e)", [LONG]),
    ("raise (a\n or b\n or c\n or d)", [LONG]),
    ("a = f(\n b,\n c,\n d,\n e,\n)", []),
    ("async def g():\n a = await f(\n  b,\n  c,\n  d,\n )", []),
    ("a = [\n b,\n c,\n d,\n e,\n]", []),
    ("a = {\n b: 1,\n c: 2,\n d: 3,\n}", []),
    ('a = """\n1\n2\n3\n4"""', []),
    ('a = (\n "b"\n "c"\n "d"\n "e"\n)', []),
    ("A = Literal[\n 'b',\n 'c',\n 'd',\n]", []),
    ("from a import (\n b,\n c,\n d,\n e,\n)", []),
    ("def f(\n a,\n b,\n c,\n d,\n):\n pass", []),
    ("if a:\n b = 1\n c = 1\n d = 1\n e = 1", []),
]


@pytest.mark.parametrize(("source", "expected"), TABLE)
def test_what_each_rule_says(source: str, expected: list[str]) -> None:
    assert sorted(rule for _, rule in faults(source)) == sorted(expected)


def test_a_package_that_does_not_exist() -> None:
    with pytest.raises(AssertionError, match="there is no package none"):
        files("none")


if __name__ == "__main__":
    for package in sys.argv[1:] or everything():
        print(*left(package), sep="\n")
        print(f"{package}: {len(left(package))}")
