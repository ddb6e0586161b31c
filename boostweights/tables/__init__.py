"""Rows of results, as a data frame or as text."""
