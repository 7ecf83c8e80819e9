"""The API of `engine.checkout`."""
