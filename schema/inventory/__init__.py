"""The API of `engine.inventory`."""
