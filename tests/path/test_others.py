"""What is learned from other folds, and from earlier ones alone where folds are in order of time."""

import numpy as np
import pytest

from boostweights.path.others import by_others, fitted

RNG = np.random.default_rng(0)
ROW, FOLD = np.arange(400), np.repeat(np.arange(4), 100)
Y = RNG.random(400) < 0.3
PROBA = np.clip(0.2 + 0.4 * Y + RNG.normal(0, 0.1, 400), 0.01, 0.99)


@pytest.mark.parametrize("after", [0, 1, 2])
def test_in_time_no_later_label_moves_a_probability(after: int) -> None:
    changed = np.where(after < FOLD, ~Y, Y)
    known = after + 1 >= FOLD  # a fold's own labels are not used either

    def mapped(y: np.ndarray, *, in_time: bool) -> np.ndarray:
        return fitted(PROBA[None], y, ROW, FOLD, np.ones(400), in_time=in_time)[0]

    one, other = mapped(Y, in_time=True), mapped(changed, in_time=True)
    np.testing.assert_array_equal(one[known], other[known])
    assert (mapped(Y, in_time=False) != mapped(changed, in_time=False))[known].any()


def test_in_time_the_first_fold_stays_as_it_is_and_the_last_learns_from_all_others() -> None:
    in_time = fitted(PROBA[None], Y, ROW, FOLD, np.ones(400), in_time=True)[0]
    by_all = fitted(PROBA[None], Y, ROW, FOLD, np.ones(400))[0]
    np.testing.assert_array_equal(in_time[FOLD == 0], PROBA[FOLD == 0])
    np.testing.assert_array_equal(in_time[FOLD == 3], by_all[FOLD == 3])
    assert [others.sum() for _, others in by_others(ROW, FOLD, in_time=True)] == [0, 100, 200, 300]
