"""Webhooks out: which app is told of what, and the log of what was told."""
