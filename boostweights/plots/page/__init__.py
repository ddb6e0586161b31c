"""A weight path as a page to move the weight in: one file, nothing loaded, no row of the data in it."""
