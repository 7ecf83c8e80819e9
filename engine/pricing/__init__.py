"""What a variant costs in a channel."""
