"""A kind of tasks that only tests have: it writes clients one by one, and goes wrong where it is told to."""
