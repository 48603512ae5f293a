"""Rules of the house that no linter knows."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.generated import ROOT

HOUSE = ("access", "app", "core", "engine", "jobs", "models", "resolvers", "rest", "schema")
MAY_SELECT = ("access", "core", "engine")
LONGEST_FILE = 300
LONGEST_FUNCTION = 50
MODULES = sorted(path.relative_to(ROOT) for name in HOUSE for path in (ROOT / name).rglob("*.py"))


def tree(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text())


def calls_of_select(module: ast.Module) -> Iterator[int]:
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and "select" in (getattr(node.func, "id", ""), getattr(node.func, "attr", "")):
            yield node.lineno


def lines_of_code(function: ast.AST) -> int:
    """Lines of a function without those inside a text of several lines: SQL is read as one piece."""
    texts = (node for node in ast.walk(function) if isinstance(node, ast.Constant | ast.JoinedStr))
    within = {line for text in texts for line in range(text.lineno + 1, (text.end_lineno or 0) + 1)}
    assert isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
    return len(set(range(function.lineno, (function.end_lineno or 0) + 1)) - within)


def test_a_call_of_select_is_seen():
    assert list(calls_of_select(ast.parse("x = 1\nsqlmodel.select(Quote)\nselect(Quote.id)"))) == [2, 3]


@pytest.mark.parametrize("path", [path for path in MODULES if path.parts[0] not in MAY_SELECT], ids=str)
def test_only_the_engine_the_access_and_the_floor_write_queries(path: Path):
    assert list(calls_of_select(tree(path))) == []


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_a_module_opens_with_a_docstring_and_is_not_long(path: Path):
    module = tree(path)
    if "versions" not in path.parts:  # a migration's docstring is its revision text
        assert ast.get_docstring(module)
    assert len((ROOT / path).read_text().splitlines()) <= LONGEST_FILE
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert lines_of_code(node) <= LONGEST_FUNCTION, node.name


def test_no_module_is_a_drawer_for_everything():
    drawers = {"utils", "helpers", "service", "services", "manager", "base", "common", "misc"}
    assert [str(path) for path in MODULES if path.stem in drawers or drawers & set(path.parent.parts)] == []


def test_the_makefile_has_at_most_twelve_targets_of_one_line_each():
    makefile = (ROOT / "Makefile").read_text()
    blocks = [block for block in makefile.split("\n\n") if "\n\t" in block]
    assert len(blocks) <= 12
    for block in blocks:
        assert block.strip().count("\n\t") == 1, block
        assert "## " in block or block.startswith(".venv"), block
