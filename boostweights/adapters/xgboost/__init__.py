"""XGBoost: row weights and ``scale_pos_weight``."""
