"""Rules of the house that no linter knows."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.generated import ROOT

HOUSE = ("access", "app", "core", "engine", "formats", "jobs", "models", "resolvers", "rest", "schema")
MAY_HOLD_SQL = ("access", "core", "engine", "jobs", "models/migrations")
"""`jobs` is a role of its own in the database (`forge_worker`): its statements are written for that role."""
LOOKING = ("app/diagnosis.py", "app/migrations.py", "app/readiness.py")
"""What is about the database itself, not about a company's rows."""
_SQL = re.compile(
    r"^\s*(select\s+(\d|\w+\s*[,(.]|\w+\s+from|\*)|insert\s+into|update\s+\w+\s+(\w+\s+)?set|delete\s+from|drop\s+\w+\s+\w"
    r"|with\s+(recursive\s+)?\w+(\(\w+\))?\s+as|create\s+(unique\s+)?(table|index|function|policy)|alter\s+table)"
    r"|=\s*(any\s*\()?\s*\$\d|\b\w+_\w+ is (not )?null\b|\(\s*select\b|\border by \w",
    re.IGNORECASE,
)
LONGEST_FILE = 300
LONGEST_FUNCTION = 50
MODULES = sorted(path.relative_to(ROOT) for name in HOUSE for path in (ROOT / name).rglob("*.py"))


def may_hold_sql(path: Path) -> bool:
    return str(path) in LOOKING or any(path.is_relative_to(each) for each in MAY_HOLD_SQL)


def tree(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text())


def sql_in(module: ast.Module) -> Iterator[int]:
    """The lines where a text of the code, no docstring, is SQL: a statement, or a condition with a parameter."""
    docs = {id(node.value) for node in ast.walk(module) if isinstance(node, ast.Expr)}
    for node in ast.walk(module):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs
        if is_text and _SQL.search(str(node.value)):  # type: ignore[attr-defined]
            yield node.lineno  # type: ignore[attr-defined]


def lines_of_code(function: ast.AST) -> int:
    """Lines of a function without those inside a text of several lines: SQL is read as one piece."""
    texts = (node for node in ast.walk(function) if isinstance(node, ast.Constant | ast.JoinedStr))
    within = {line for text in texts for line in range(text.lineno + 1, (text.end_lineno or 0) + 1)}
    assert isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
    return len(set(range(function.lineno, (function.end_lineno or 0) + 1)) - within)


@pytest.mark.parametrize(
    "text",
    ["select 1", "\\nWITH w as (select 1)", "insert into x values (1)", "update x set y = 1", "delete from x",
     "deleted_at is null", "id=$2", "client_id = any($2)", "drop table x", "x not in (select 1)", "order by a desc"],
)  # fmt: skip
def test_sql_is_seen_wherever_it_stands(text: str):
    assert list(sql_in(ast.parse(f'"""select of a docstring"""\nx = f("{text}")'))) == [2]
    assert list(sql_in(ast.parse(f"x = {{1: f'{text} {{y}}'}}"))) == [1]


@pytest.mark.parametrize("text", ["Select a scope.", "update", "quote.updated", "select, insert", "from a key", "x=1"])
def test_what_is_no_sql_is_none(text: str):
    assert list(sql_in(ast.parse(f'x = f("{text}")'))) == []


@pytest.mark.parametrize("path", [path for path in MODULES if not may_hold_sql(path)], ids=str)
def test_only_the_engine_the_access_the_floor_and_the_worker_hold_sql(path: Path):
    assert list(sql_in(tree(path))) == []


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


@pytest.mark.xdist_group("house")
def test_a_group_of_tests_is_seen_by_what_deals_tests_out_to_workers(request: pytest.FixtureRequest):
    assert request.node.nodeid.endswith("@house") == ("PYTEST_XDIST_WORKER" in os.environ)


def test_the_makefile_has_at_most_twelve_targets_of_one_line_each():
    makefile = (ROOT / "Makefile").read_text()
    blocks = [block for block in makefile.split("\n\n") if "\n\t" in block]
    assert len(blocks) <= 12
    for block in blocks:
        assert block.strip().count("\n\t") == 1, block
        assert "## " in block or block.startswith(".venv"), block
