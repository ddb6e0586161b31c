"""Statistics of a run's figures: per data set first, then across families of data sets. All are seeded.

They read one long table of figures (`metrics.parquet` of a run) and know nothing of how it was made.
"""
