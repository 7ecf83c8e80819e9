"""The API of `engine.catalog`."""
