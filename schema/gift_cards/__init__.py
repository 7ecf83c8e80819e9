"""The API of `engine.gift_cards`."""
