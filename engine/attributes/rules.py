"""What kinds of value an attribute has."""

CHOICES = frozenset({"DROPDOWN", "MULTISELECT", "SWATCH"})
"""Their values are shared by all that carry them; those of other types belong to one owner each."""

COUNTED = CHOICES | {"BOOLEAN"}
"""Types whose values are worth counting as facets; a number is asked for by range."""
