"""The demo shop: its goods and people in `data/`, and the parts that put them into a database."""
