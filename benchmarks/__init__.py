"""A package, as other distributions install one of this name."""
