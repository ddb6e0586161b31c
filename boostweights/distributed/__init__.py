"""Weighted fits where the rows are: `boostweights.distributed.dask` and `boostweights.distributed.spark`.

One number a class travels, never a row; weights are computed beside their labels. Ray's datasets are frames:
see `boostweights.frames`.
"""
