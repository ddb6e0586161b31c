"""The benchmark harness: what class weighting does, measured on real data.

A suite names data sets, libraries and policies; a plan lists its cells; a run trains the models that the
store lacks; a report reads the store.
"""
