"""What common advice claims about class weights, and whether a run's figures bear it out.

`claims.toml` names each claim and the test that decides it; `judge` decides; `as_markdown` is the page.

The rule, fixed before any run
------------------------------
A claim compares side b with side a. Differences (b minus a) are paired by data set, repeat, fold and library,
and averaged over folds, then over the data sets of a family, then over libraries: one number a family. The
Bayesian signed-rank test gives the probabilities that a difference lies below, within or above the region of
practical equivalence that the suite fixed for the metric (or that the claim itself states, as ``margin``).

- *rise*, *fall*: supported if the probability of a rise (fall) beyond the region is at least .95 and, in more
  than half of the libraries, Wilcoxon's signed-rank test agrees in direction at .05 after Holm's adjustment
  over the claim's libraries; refuted if that probability is at most .05.
- *same*, *no rise*, *no fall*: supported if the probability of the named regions is at least .95, refuted if
  it is at most .05.
- Everything else is undecided, and so is every claim with fewer than ten families.

Three claims need tests of their own (`boostweights.benchmark.claims.special`), named in the same file.
"""
