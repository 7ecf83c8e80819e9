"""Zones, delivery methods, rate bands, shipments."""
