"""The change feed and what follows it: changes, tails, subscriptions."""
