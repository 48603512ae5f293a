"""`serve`: the API, in one process or in several."""

from __future__ import annotations

import argparse

from app import hangups, importing, membership, team
from app.membership import Membership
from core.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare how many processes there are to be."""
    membership.add_arguments(parser)


def run(settings: Settings, args: argparse.Namespace) -> int:
    """Serve until told to stop, then finish the requests under way."""
    told, count = Membership.of(args), membership.processes_of(settings, args)
    if count > 1 and not told.supervised:
        return team.serve(settings, count, told)
    hangups.release()
    serving = importing.load("app.serving")  # a supervisor has no use for all that it imports
    return int(serving.serve(settings, serving.Limits(), told))
