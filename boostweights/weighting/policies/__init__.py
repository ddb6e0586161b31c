"""The policies: class counts in, class weights out, nothing else. `RowCosts` alone weighs row by row.

A policy is a frozen value: comparable, hashable, its repr the code that makes it.
"""
