"""What to start from, by the labels and by what the model is for.

`advise` never looks at a model: it reads counts, needs, and the results that this project published. What
those mean for each option is a table:

============  ==================================  ======================================================
option        use it when                         avoid it when
============  ==================================  ======================================================
nothing       only the ranking or the             a measured option does better for what you need
              probabilities count, or the
              classes are nearly of one size
threshold     decisions count, or costs are       rows are only ranked, or there are more than two
              known                               classes (then ``decide``)
sqrt          recall counts, at a lower price     probabilities are read without correction
              than balanced weights ask
balanced      recall counts above all             probabilities are read without correction, precision
                                                  counts, or the classes are of one size
costs         errors have known costs             nobody can say what an error costs
correction    a weighted model's probabilities    the model has no weights, or decides at .5
              are read
collect more  the rarest class has a handful of   its figures are known well enough already
              rows
resample      it does better than weights, which  weights do as well: they add no rows and lose none
              are simpler
============  ==================================  ======================================================

The table says what to expect; `advise` says what published results bear out, and how surely: with few
families of data sets they decide nothing, and the verdict is "consider".
"""
