"""A page to move the weight of a path in."""
