"""What a process that serves leaves out of its memory: libraries that other commands need, or the first use."""

from __future__ import annotations

import subprocess
import sys

from app.generated import ROOT

LEFT_OUT = ("alembic", "mako", "obstore")
LOOK = f"import sys, app.serving; print(*[each for each in {LEFT_OUT} if each in sys.modules])"


def test_the_api_imports_neither_what_migrates_nor_what_stores_files():
    done = subprocess.run([sys.executable, "-c", LOOK], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "\n"
