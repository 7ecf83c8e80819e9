"""The shop, told by its tests."""
