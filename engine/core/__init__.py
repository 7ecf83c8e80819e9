"""Things with no business word in them."""
