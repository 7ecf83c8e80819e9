"""Tax classes, dated rates, and how each channel states its prices."""
