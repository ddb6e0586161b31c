"""Training what a plan lists, and keeping what came of it."""
