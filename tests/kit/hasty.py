"""A server process whose connections have other limits, so that a test need not wait: FORGE_TEST_LIMITS has them."""

from __future__ import annotations

import json
import os
import sys
from typing import Final

from app.serving import serve
from app.wire.limits import Limits
from core.settings import Settings

VARIABLE: Final = "FORGE_TEST_LIMITS"
WORDS: Final = ("tests.kit.hasty",)

if __name__ == "__main__":
    sys.exit(serve(Settings.load(), Limits(**json.loads(os.environ[VARIABLE]))))
