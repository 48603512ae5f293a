"""The ways to serve the same data that are compared: which server each runs on, and what it is asked."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url

from core.settings import Settings
from tests.benchmarks import tasks
from tests.benchmarks.tasks import Request, Subject

POSTGRAPHILE = Path(__file__).parent / "postgraphile"
_OPTIONS = ("--log-level", "error", "--no-access-log", "--no-server-header", "--timeout-keep-alive", "900")
_SERVE = {"forge": ("app", "serve"), "scoped": ("tests.benchmarks.scoped",)}
_APPS = {
    "limit": "tests.benchmarks.limit:app",
    "sqlmodel": "tests.benchmarks.plain_rest:app",
    "sqlalchemy": "tests.benchmarks.plain_graphql:app",
}


@dataclass(frozen=True)
class Way:
    """A way to serve the data; a `raced` one is also asked by several clients at once."""

    server: str
    ask: Callable[[Subject], dict[str, Request]]
    raced: bool = False


WAYS: dict[str, Way] = {
    "limit": Way("limit", tasks.limit, raced=True),
    "Forge GraphQL": Way("forge", tasks.forge, raced=True),
    "Forge REST": Way("forge", tasks.rest),
    tasks.SCOPED: Way("scoped", tasks.scoped),
    tasks.COMPUTED: Way("forge", tasks.computed),
    "PostGraphile 5": Way("postgraphile", tasks.postgraphile, raced=True),
    "FastAPI + SQLModel": Way("sqlmodel", tasks.plain),
    "Strawberry + SQLAlchemy": Way("sqlalchemy", lambda subject: tasks.graphql("/graphql", subject)),
}


def is_here(server: str) -> bool:
    """Whether a server can run on this machine; installs PostGraphile where there is Node."""
    if server != "postgraphile":
        return True
    if shutil.which("npm") is None:
        print("Node is not on this machine: PostGraphile takes no part")  # noqa: T201
        return False
    if not (POSTGRAPHILE / "node_modules").exists():
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--silent"], cwd=POSTGRAPHILE, check=True)
    return True


def words_of(server: str, settings: Settings, port: int) -> tuple[list[str], dict[str, str]]:
    """The command that runs a server, and its environment."""
    assert settings.database_url is not None
    if server == "postgraphile":
        url = make_url(settings.database_url)
        said = {"PGHOST": str(url.query["host"]), "PGUSER": url.username, "PGPASSWORD": url.password}
        env = {name: value or "" for name, value in (said | {"PGDATABASE": url.database}).items()}
        words = [str(POSTGRAPHILE / "node_modules" / ".bin" / "node"), str(POSTGRAPHILE / "server.mjs"), str(port)]
        return words, env | {"NODE_ENV": "production", "GRAPHILE_ENV": "production"}
    env = settings.environ() | {"FORGE_PORT": str(port)}
    if server in _SERVE:
        return [sys.executable, "-m", *_SERVE[server]], env
    return [sys.executable, "-m", "uvicorn", _APPS[server], "--port", str(port), *_OPTIONS], env
