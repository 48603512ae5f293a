"""The command line: `python -m app COMMAND`."""

from __future__ import annotations

import sys

from app import hangups


def main(prog: str = "python -m app") -> int:
    """Run the command; what takes most of the time of a start is imported only when SIGHUP ends nothing any more."""
    hangups.hold()
    from app import cli  # noqa: PLC0415  # see above

    return cli.main(sys.argv[1:], prog)


def command() -> int:
    """Run the console script `forge`."""
    return main("forge")


if __name__ == "__main__":
    sys.exit(main())
