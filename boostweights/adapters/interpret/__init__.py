"""InterpretML's explainable boosting machines: row weights; they have no setting that weighs classes."""
