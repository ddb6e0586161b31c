"""Data sets for benchmarks."""
