"""Transactions with payment providers, as states and events."""
