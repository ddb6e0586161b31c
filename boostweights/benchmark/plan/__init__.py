"""A plan: the cells of a suite, and the distinct models that serve them."""
