"""Webhooks of apps: registering them, and the log of what they were told."""
