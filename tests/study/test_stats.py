"""Statistics of pairs and ranks beside baycomp's, scipy's, scikit-posthocs' and hand-made figures."""

import baycomp
import numpy as np
import pandas as pd
import pytest
import scikit_posthocs
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as scipy_stats
from study.figures_of_runs import BALANCED, UNWEIGHTED, make_datasets, make_metrics

from benchmarks.stats.families import by_family, pooled
from benchmarks.stats.paired import Side, differences
from benchmarks.stats.ranks import critical_difference, family_means
from benchmarks.stats.within import per_dataset
from boostweights.errors import InvalidTypeError, InvalidValueError

A, B = Side(arm="unweighted"), Side(arm="balanced")


@pytest.fixture
def metrics() -> pd.DataFrame:
    return make_metrics(
        make_datasets(4), {UNWEIGHTED: 0.0, BALANCED: 0.1}, folds=5, repeats=2, noise=0.03, seed=3
    )


def arrays(pairs: pd.DataFrame, dataset: str, library: str) -> tuple[np.ndarray, np.ndarray]:
    chosen = pairs[(pairs["dataset"] == dataset) & (pairs["library"] == library)]
    return chosen["baseline"].to_numpy(), chosen["value"].to_numpy()


# Pairs


def test_pairs_join_what_differs_in_the_side_only(metrics: pd.DataFrame) -> None:
    pairs = differences(metrics, A, metric="recall", other=B)
    assert len(pairs) == 4 * 3 * 5 * 2
    assert set(pairs["folds"]) == {5}
    assert set(pairs["planned"]) == {10}
    keys = ["dataset", "library", "repeat", "fold", "arm"]
    plain = metrics.set_index(keys)["value"]
    for row in pairs.itertuples():
        place = (row.dataset, row.library, row.repeat, row.fold)
        assert row.difference == plain[(*place, "balanced")] - plain[(*place, "unweighted")]


def test_without_another_side_all_others_are_compared(metrics: pd.DataFrame) -> None:
    third = metrics[metrics["arm"] == "balanced"].assign(arm="sqrt_balanced")
    pairs = differences(pd.concat([metrics, third]), A)
    assert sorted(pairs["arm"].unique()) == ["balanced", "sqrt_balanced"]


def test_a_lost_or_undefined_figure_is_a_missing_pair(metrics: pd.DataFrame) -> None:
    lost = metrics.drop(metrics.index[0])
    lost.loc[metrics.index[-1], "value"] = np.nan
    table = per_dataset(differences(lost, A, metric="recall", other=B))
    assert sorted(table["n"]) == [9, 9, *[10] * 10]
    assert set(table["planned"]) == {10}


def test_the_callers_table_stays_as_it_is(metrics: pd.DataFrame) -> None:
    before = metrics.copy()
    per_dataset(differences(metrics, A))
    pd.testing.assert_frame_equal(metrics, before)


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (lambda m: m.drop(columns="family"), "no family"),
        (lambda m: m.assign(value="high"), "must hold numbers"),
        (lambda m: pd.concat([m, m.tail(1)]), "there once"),
        (lambda m: m.assign(value=np.inf), "finite or missing"),
        (lambda m: m.to_dict(), "pandas data frame"),
    ],
)
def test_a_table_that_cannot_serve_is_refused(metrics: pd.DataFrame, broken, message) -> None:
    with pytest.raises((InvalidTypeError, InvalidValueError), match=message):
        differences(broken(metrics), A)


def test_an_unknown_metric_or_side_names_the_nearest(metrics: pd.DataFrame) -> None:
    with pytest.raises(InvalidValueError, match="Did you mean 'recall'"):
        differences(metrics, A, metric="recal")
    with pytest.raises(InvalidValueError, match="Did you mean 'balanced at 0.5'"):
        differences(metrics, A, other=Side(arm="balnced"))
    with pytest.raises(InvalidTypeError, match="a baseline must be a Side"):
        differences(metrics, "unweighted")  # type: ignore[arg-type]
    with pytest.raises(InvalidTypeError, match="rule of a side"):
        Side(arm="balanced", rule=0.5)  # type: ignore[arg-type]


# One data set


@pytest.mark.parametrize("rope", [0.0, 0.05])
def test_the_corrected_interval_is_baycomps_correlated_t_test(metrics: pd.DataFrame, rope: float) -> None:
    pairs = differences(metrics, A, metric="recall", other=B)
    table = per_dataset(pairs).set_index(["dataset", "library"])
    for (dataset, library), row in table.iterrows():
        x, y = arrays(pairs, dataset, library)
        below, *_, above = baycomp.two_on_single(x, y, rope, runs=2)
        posterior = scipy_stats.t(row["n"] - 1, row["difference"], row["error"])
        assert posterior.cdf(-rope) == pytest.approx(below, rel=1e-9, abs=1e-12)
        assert posterior.sf(rope) == pytest.approx(above, rel=1e-9)
        assert (row["low"], row["high"]) == pytest.approx(posterior.interval(0.95))


def test_equal_differences_leave_no_doubt_and_one_pair_no_interval() -> None:
    metrics = make_metrics(make_datasets(2), {UNWEIGHTED: 0.0, BALANCED: 0.25}, noise=0, folds=2)
    metrics["value"] = np.where(metrics["arm"] == "balanced", 0.75, 0.5)
    row = per_dataset(differences(metrics, A)).iloc[0]
    assert (row["low"], row["high"]) == (0.25, 0.25)
    metrics["value"] = 0.5
    single = per_dataset(differences(metrics[metrics["fold"] == 0], A)).iloc[0]
    assert single["difference"] == 0
    assert single[["low", "high"]].isna().all()


# Across data sets


def test_two_metrics_at_once_are_refused(metrics: pd.DataFrame) -> None:
    both = pd.concat([metrics, metrics.assign(metric="f1")])
    with pytest.raises(InvalidValueError, match="one difference for each library"):
        by_family(per_dataset(differences(both, A)))


@settings(max_examples=5)
@given(seed=st.integers(0, 1000))
def test_the_order_of_rows_changes_nothing(seed: int) -> None:
    metrics = make_metrics(make_datasets(3), {UNWEIGHTED: 0.0, BALANCED: 0.1}, folds=3, noise=0.05)
    moved = metrics.sample(frac=1, random_state=seed)
    tables = [per_dataset(differences(one, A)) for one in (metrics, moved)]
    pd.testing.assert_frame_equal(*tables, check_exact=True)
    pd.testing.assert_series_equal(*[pooled(by_family(table)) for table in tables], check_exact=True)


@settings(max_examples=8)
@given(scale=st.floats(0.01, 100), shift=st.floats(-1, 1))
def test_differences_scale_with_the_figures_and_ignore_a_common_shift(scale: float, shift: float) -> None:
    metrics = make_metrics(make_datasets(2), {UNWEIGHTED: 0.0, BALANCED: 0.1}, folds=3, noise=0.05)
    plain = per_dataset(differences(metrics, A))
    moved = per_dataset(differences(metrics.assign(value=scale * (metrics["value"] + shift)), A))
    for name in ("difference", "low", "high"):
        assert moved[name].to_numpy() == pytest.approx(scale * plain[name].to_numpy(), rel=1e-6)


# Ranks


def test_the_critical_difference_of_demsars_example() -> None:
    """Demšar (2006), table 6 and section 3.2.2: 14 data sets, C4.5 beside three tuned versions.

    Two figures that are both printed as .975 are ranked 2 and 3 there, so one is .9751 here.
    """
    rows = """
        .763 .768 .771 .798    .599 .591 .590 .569    .954 .971 .968 .967    .628 .661 .654 .657
        .882 .888 .886 .898    .936 .931 .916 .931    .661 .668 .609 .685    .583 .583 .563 .625
        .775 .838 .866 .875    1.00 1.00 1.00 1.00    .940 .962 .965 .962    .619 .666 .614 .669
        .972 .981 .9751 .975   .957 .978 .946 .970
    """
    means = pd.DataFrame(
        np.array(rows.split(), dtype=float).reshape(14, 4), columns=["C4.5", "C4.5+m", "C4.5+cf", "C4.5+m+cf"]
    )
    found = critical_difference(means)
    assert found.mean_ranks == pytest.approx(
        {"C4.5+m+cf": 1.964, "C4.5+m": 2.000, "C4.5+cf": 2.893, "C4.5": 3.143}, abs=0.001
    )
    assert found.width == pytest.approx(1.25, abs=0.01)
    assert found.friedman_p == pytest.approx(scipy_stats.chi2.sf(9.28, 3), abs=0.02)
    assert found.cliques == (("C4.5+m+cf", "C4.5+m", "C4.5+cf", "C4.5"),)


def test_nemenyi_agrees_with_the_critical_difference() -> None:
    rng = np.random.default_rng(0)
    means = pd.DataFrame(rng.normal([0.0, 0.3, 1.0, 2.0], 0.6, size=(15, 4)), columns=list("abcd"))
    found = critical_difference(means)
    assert next(iter(found.mean_ranks)) == "d"
    assert critical_difference(-means, lower_is_better=True) == found
    outside = scikit_posthocs.posthoc_nemenyi_friedman(means)
    for one, ranks in found.mean_ranks.items():
        for two, others in found.mean_ranks.items():
            assert found.nemenyi_p[one][two] == pytest.approx(outside.loc[one, two])
            together = any(one in clique and two in clique for clique in found.cliques)
            assert one == two or together == (abs(ranks - others) < found.width)


def test_ties_everywhere_are_no_difference() -> None:
    found = critical_difference(pd.DataFrame(np.ones((4, 3)), columns=list("abc")))
    assert found.friedman_p == 1.0
    assert found.mean_ranks == {"a": 2.0, "b": 2.0, "c": 2.0}


@pytest.mark.parametrize(
    ("means", "message"),
    [
        (pd.DataFrame(np.ones((1, 3))), "two families and three sides"),
        (pd.DataFrame(np.ones((5, 2))), "two families and three sides"),
        (pd.DataFrame([[1.0, 2.0, np.nan], [1.0, 2.0, 3.0]]), "none for 0"),
    ],
)
def test_what_cannot_be_ranked(means: pd.DataFrame, message: str) -> None:
    with pytest.raises(InvalidValueError, match=message):
        critical_difference(means)


def test_family_means_take_only_what_has_all_sides(metrics: pd.DataFrame) -> None:
    metrics["family"] = metrics["family"].replace({"family-01": "family-00"})
    lost = (metrics["dataset"] == "set-02") & (metrics["library"] == "xgboost")
    fewer = metrics[~(lost & (metrics["arm"] == "balanced"))]
    means = family_means(fewer, [A, B], "recall")
    assert list(means.index) == ["family-00", "family-02", "family-03"]
    whole = metrics[~lost].groupby(["arm", "family", "dataset", "library"])["value"].mean()
    for side, name in ((A, "unweighted"), (B, "balanced")):
        by_set = whole[name].groupby(["family", "dataset"]).mean()
        assert means[str(side)].to_numpy() == pytest.approx(by_set.groupby("family").mean().to_numpy())
