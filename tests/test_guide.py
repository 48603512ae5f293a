"""docs/adding-a-resource.md prints what stands in the files it speaks of."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = [ROOT / "tests" / "kit" / "purchasing" / f"{name}.py" for name in ("model", "resolvers", "schema")]
FILES += [ROOT / "tests" / "test_adding_a_resource.py", ROOT / "schema" / "json_documents.py"]
BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "adding-a-resource.md").read_text(), re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: str(block.strip().splitlines()[0][:40]))
def test_what_the_guide_prints_stands_in_a_file_of_the_example_in_this_order(block: str):
    lines = [line for line in block.splitlines() if line.strip()]

    def holds(path: Path) -> bool:
        left = iter(path.read_text().splitlines())
        return all(line in left for line in lines)

    assert any(holds(path) for path in FILES), block


def test_the_guide_has_a_block_for_each_file():
    assert len(BLOCKS) >= 6
