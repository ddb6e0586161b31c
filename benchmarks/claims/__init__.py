"""What common advice claims about class weights, and whether a run's figures bear it out.

`claims.toml` names each claim and the comparison that decides it; `judge` decides; `as_markdown` is the page,
which says the rule in full.

The rule
--------
A claim compares side b with side a in one regime of training, on data sets of two classes or of more.
Differences (b minus a) are paired by data set, repeat, fold and library, and averaged over folds, then over
the data sets of a family: one number a family and library. The estimand is their unweighted mean over
families. Its t interval, simultaneous over the claim's group (Bonferroni, .95), is laid beside the region of
practical equivalence that the suite fixed for the metric (or that the claim itself states, as ``margin``):

- *higher*, *lower*: the interval lies wholly beyond the region; *equivalent*: within it; *unclear*: all else.
- The answer must be the same in each library of the claim, in their mean, and in every refit that leaves one
  family out. With fewer than ten families nothing is decided.
"""
