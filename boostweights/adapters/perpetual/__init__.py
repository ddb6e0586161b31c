"""PerpetualBooster: row weights; it has no setting that weighs classes."""
