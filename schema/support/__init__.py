"""The API of `engine.support`."""
