"""Connections to PostgreSQL: pools, lanes, guarded statements, and what its errors mean."""
