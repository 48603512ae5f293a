"""The workspace clock: one narrow row a workspace, which every commit moves and which puts the commits in order."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, DateTime
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel


class Clock(SQLModel, table=True):
    """Where a workspace's time stands. Nothing refers to it by foreign key and only `tick()` and revocation update it.

    `tick` is the sequence of the last event, `clock` the `updated_at` of the last change, `access_epoch` goes up with
    every loss of a right, `numbers` is the last number of each series of documents (absent: none was taken).
    """

    __tablename__ = "clocks"

    workspace_id: UUID = Field(primary_key=True)
    clock: datetime = Field(
        sa_type=DateTime(timezone=True),
        nullable=False,
        sa_column_kwargs={"server_default": sql("clock_timestamp()")},
    )
    tick: int = Field(default=0, sa_column_kwargs={"server_default": "0"}, sa_type=BigInteger)
    access_epoch: int = Field(default=0, sa_column_kwargs={"server_default": "0"}, sa_type=BigInteger)
    numbers: dict[str, int] = Field(
        default_factory=dict, sa_column_kwargs={"server_default": "{}"}, sa_type=JSONB, nullable=False
    )

    __table_args__ = ({"postgresql_with": {"fillfactor": 50}},)
