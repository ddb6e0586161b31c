"""What to use, by the user's need, from out-of-fold results."""
