"""Our packages lie flat, so no dependency may bring one of the same name."""

from __future__ import annotations

from importlib.metadata import packages_distributions
from importlib.util import find_spec
from pathlib import Path

import pytest

from app.generated import ROOT

OURS = ("access", "app", "core", "engine", "formats", "jobs", "models", "resolvers", "rest", "schema", "tests")


def test_no_dependency_claims_a_name_of_ours():
    claimed = packages_distributions()
    assert {name: claimed[name] for name in OURS if name in claimed} == {}


@pytest.mark.parametrize("name", OURS)
def test_our_package_is_the_one_that_is_imported(name: str):
    spec = find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    assert Path(spec.origin).parent == ROOT / name


def test_every_package_of_the_house_is_on_this_list():
    assert {path.parent.name for path in ROOT.glob("*/__init__.py")} == set(OURS)
