"""Promotions in the API."""
