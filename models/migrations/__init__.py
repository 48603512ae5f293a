"""The migrations; `app.migrations` runs them, and `ddl.py` has the SQL they say again and again."""
