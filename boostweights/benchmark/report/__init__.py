"""The report of a run: a page, a text, tables for machines and for the terminal, from its tables alone.

A report made elsewhere from a run's published tables is the report that was published.
"""
