"""scikit-learn, and any other classifier with its interface: row weights and ``class_weight``."""
