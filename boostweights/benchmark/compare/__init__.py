"""A user's own table as a data set of the harness: read, checked, described, split and planned."""
