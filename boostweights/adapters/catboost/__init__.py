"""CatBoost: row weights, ``class_weights``, ``scale_pos_weight`` and ``auto_class_weights``."""
