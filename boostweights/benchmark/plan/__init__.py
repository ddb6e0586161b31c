"""What is to be trained: suites, arms, splits, and the distinct models that serve them."""
