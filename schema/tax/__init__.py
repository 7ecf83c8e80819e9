"""The API of `engine.tax`."""
