"""What a bulk command answers, as the graph shows it."""

from __future__ import annotations

import strawberry

from engine.declare.enums import describe_enum
from resolvers import bulk_answers as bulk

describe_enum(
    bulk.Upserted,
    "What became of a row.",
    {
        "CREATED": "It is a new record.",
        "UPDATED": "A record that was there has changed.",
        "UNCHANGED": "The record was so already; nothing was written.",
        "ERROR": "It was refused; `error` says why.",
    },
    name="Upserted",
)


@strawberry.type(description="One thing that is wrong with a row.")
class UpsertProblem:
    """One thing that is wrong with a row."""

    message: str = strawberry.field(description="What is wrong, in words.")
    field: str | None = strawberry.field(description="The field of the row that is wrong, if it is one.")


@strawberry.type(description="Why a row was refused.")
class UpsertError:
    """Why a row was refused."""

    code: str = strawberry.field(description="What kind of error it is: docs/errors.md.")
    message: str = strawberry.field(description="What is wrong, in words; the first, where it is several things.")
    field: str | None = strawberry.field(description="The field of the row that is wrong, if it is one.")
    details: list[UpsertProblem] = strawberry.field(description="Everything that is wrong.")


@strawberry.type(description="What became of one row.")
class UpsertedRow:
    """What became of one row."""

    index: int = strawberry.field(description="Its place among those sent, from 0.")
    result: bulk.Upserted = strawberry.field(description="What became of it.")
    id: strawberry.ID | None = strawberry.field(
        description="The record; null for a row that was refused, and for one that a dry run would make."
    )
    version: int | None = strawberry.field(description="The version of the record now.")
    error: UpsertError | None = strawberry.field(description="Why it was refused, if it was.")


@strawberry.type(description="What became of all rows of a bulk command.")
class BulkUpsert:
    """What became of all rows of a bulk command."""

    dry_run: bool = strawberry.field(description="Whether nothing was kept: it says what would have become of them.")
    created: int = strawberry.field(description="How many records were made.")
    updated: int = strawberry.field(description="How many were changed.")
    unchanged: int = strawberry.field(description="How many were so already.")
    failed: int = strawberry.field(description="How many rows were refused.")
    rows: list[UpsertedRow] = strawberry.field(description="Each row, in the order sent.")
