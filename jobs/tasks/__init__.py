"""Carrying tasks out: workers take them by leases, run them step by step, and tell how they stand.

PostgreSQL is the truth, ARQ and Valkey run and wake. Why it is so: docs/decisions/0022-tasks.md.
"""
