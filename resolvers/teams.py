"""Teams: people who work together."""

from __future__ import annotations

from typing import cast

from core.problems import Problems
from models import Team, TeamMember
from resolvers.aggregate import Aggregate
from resolvers.lines import Inside, Lines


def _settle(team: Team, inside: Inside) -> None:
    """Refuse a person who stands in a team twice; list who is in it."""
    members = cast("list[TeamMember]", inside["members"])
    seen = set()
    wrong = Problems()
    for place, each in enumerate(members):
        if each.user_id in seen:
            wrong.note(f"members.{place}.userId", "this person is in the team already")
        seen.add(each.user_id)
    wrong.check()
    team.member_ids = [str(each.user_id) for each in members]


TEAMS = Aggregate(Team, lines=(Lines("members", TeamMember),), settle=_settle)

teams = TEAMS.page("List the teams of the company.")
team = TEAMS.get("One team by its id; null when there is none.")
create_team = TEAMS.create("Make a team.", "What a team is called, and who is in it.")
update_team = TEAMS.update(
    "Change a team.", "What to change of a team: null clears, what is left out stays; `members` is the whole list."
)
delete_team = TEAMS.delete("Delete a team; its people stay.")
