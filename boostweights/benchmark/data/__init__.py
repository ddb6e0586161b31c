"""Data sets for benchmarks: fetched from ordinary packages, verified, kept as Parquet in the user's cache."""
