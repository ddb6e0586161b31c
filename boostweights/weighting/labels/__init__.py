"""Labels of any kind, counted and encoded."""
