"""Work centers: list, read, create, change and delete them."""

from __future__ import annotations

from models import WorkCenter
from resolvers.aggregate import Aggregate

WORK_CENTERS = Aggregate(WorkCenter)

work_centers = WORK_CENTERS.page("List work centers.")
work_center = WORK_CENTERS.get("One work center by its id; null when there is none.")
create_work_center = WORK_CENTERS.create(
    "Add a machine or a bench where operations are done.", "What a new work center is made of."
)
update_work_center = WORK_CENTERS.update(
    "Change a work center; what the input does not name stays as it is.",
    "What to change of a work center: null clears, what is left out stays.",
)
delete_work_center = WORK_CENTERS.delete("Delete a work center that no live routing or work order needs.")
