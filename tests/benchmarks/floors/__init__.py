"""The same answers written by hand, to measure what anything more general costs."""
