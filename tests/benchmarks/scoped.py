"""Forge with a scope on every field that a row has: what it costs to have scopes everywhere."""

from __future__ import annotations

import os
from dataclasses import replace

from access.scopes import Scope
from app.server import create_app
from core.settings import Settings
from schema.assembly import graph

for spec in graph().catalogue.types.values():
    spec.fields = {key: replace(found, scope=found.scope or Scope.COSTS_VIEW) for key, found in spec.fields.items()}
app = create_app(Settings.load(os.environ))
