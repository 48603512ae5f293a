"""Jobs, as far as stock needs them."""

from __future__ import annotations

from models import Job
from resolvers.aggregate import Aggregate

JOBS = Aggregate(Job)

jobs = JOBS.page("List jobs.")
job = JOBS.get("One job by its id; null when there is none.")
