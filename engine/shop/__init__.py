"""What is true of the shop as a whole."""
