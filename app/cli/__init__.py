"""The commands of `forge`, which is `python -m app`: one module each, named here with its one line of help.

A command's module has `add_arguments(parser)` and `run(settings, args) -> int` (the exit code). It is imported when the
command is asked for. A command that needs the servers enters `app.reach.reachable(settings)`.
"""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
from collections.abc import Collection, Mapping, Sequence
from typing import Final, NoReturn, Protocol, cast

from app import hangups, importing
from app.embedded.errors import ServerError
from core.database.database import UnsafeRole
from core.errors import ForgeError
from core.mending import what_to_change
from core.settings import SettingError, Settings
from core.version import version

COMMANDS: Mapping[str, str] = {
    "run": "start everything: servers if none are set, migrations, the demo, the api and a worker",
    "serve": "start the api alone",
    "worker": "start a background worker alone",
    "health": "say whether a worker of this machine is at work; exits 1 if not, for health checks",
    "migrate": "bring the database to the newest migration",
    "seed": "fill a database that has no company with the demo, and print its keys",
    "companies": "create companies with their first key, list them, set their plans and limits",
    "users": "invite people, make links by which they set a password, list them",
    "keys": "create, list and revoke API keys",
    "webhooks": "create and list webhook endpoints",
    "sandbox": "reset a company's sandbox, or list what its webhook endpoints were sent",
    "stock": "compare all stock with its movements",
    "intake": "take in an X12 850 purchase order from a file as a draft quote",
    "tasks": "list, watch and cancel what runs in the background, or start it",
    "schema": "print the GraphQL schema (SDL)",
    "openapi": "print the OpenAPI document of the REST façade",
    "docs": "write the generated documentation, or check that it is current",
    "check": "compare the models with what the migrations make",
    "migration": "draft a migration from what the models say",
    "doctor": "look at this machine, the servers and the database, and say what is wrong",
    "completion": "print what makes a shell complete the commands of `forge`",
}

HELD: Final = ("serve", "worker")
"""Commands to which SIGHUP may mean something else than the end; they say so themselves."""


class Command(Protocol):
    """What a module of this package offers."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the command's own arguments."""

    def run(self, settings: Settings, args: argparse.Namespace) -> int:
        """Do it; returns the exit code. Raise SettingError, ServerError or ForgeError for what the caller can mend.

        Errors of PostgreSQL, Valkey and files may pass: `main` says of them what to change.
        """


class _Version(argparse.Action):
    """Prints the version; it is looked up only when asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        print(f"forge {version()}")  # noqa: T201
        parser.exit()


def main(words: Sequence[str], prog: str = "python -m app") -> int:
    """Run one command and return its exit code: 0 done, 1 failed, 2 wrongly called or set, 130 interrupted."""
    signal.signal(signal.SIGTERM, _end)
    try:
        wanted = next((word for word in words if not word.startswith("-")), "")
        args = _parser(prog, [wanted]).parse_args(words)
        if args.command not in HELD:
            hangups.release()
        return _module(args.command).run(Settings.load(), args)
    except SettingError as error:
        return _say(error, 2)
    except (ServerError, UnsafeRole) as error:
        return _say(error, 1)
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        line = what_to_change(error) or _of_a_file(error) or (isinstance(error, ForgeError) and str(error))
        if not line:
            raise
        return _say(line, 1)


def whole_parser() -> argparse.ArgumentParser:
    """Return the parser of `forge` with the arguments of every command, for which it imports them all."""
    return _parser("forge", list(COMMANDS))


def _parser(prog: str, wanted: Collection[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=prog,
        description="Forge: manufacturing data through GraphQL, REST and webhooks.",
        epilog="Settings come from the environment: docs/settings.md.",
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, line in COMMANDS.items():
        command = commands.add_parser(name, help=line, description=f"{line[0].upper()}{line[1:]}.")
        if name in wanted:
            _module(name).add_arguments(command)
    return parser


def _module(name: str) -> Command:
    return cast("Command", importing.load(f"{__name__}.{name}"))


def _of_a_file(error: Exception) -> str | None:
    return f"{error.filename}: {error.strerror}" if isinstance(error, OSError) and error.filename else None


def _say(error: Exception | str, code: int) -> int:
    print(f"forge: {error}", file=sys.stderr)  # noqa: T201  # a command line speaks through its streams
    return code


def _end(number: int, _: object) -> NoReturn:
    with contextlib.suppress(ValueError):
        signal.signal(number, signal.SIG_IGN)  # once is enough: what follows is the clearing up
    sys.exit(128 + number)
