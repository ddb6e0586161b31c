"""A suite file says what a suite must say, or the error names the nearest right thing."""

import json
from pathlib import Path

import pytest

from boostweights.benchmark.data.entries import catalogue
from boostweights.benchmark.metrics import METRICS
from boostweights.benchmark.plan.suite import load_suite, parse_suite
from boostweights.benchmark.plan.weighting import Cost, as_spec
from boostweights.errors import BoostweightsError, InvalidTypeError, InvalidValueError
from boostweights.weighting.counts import ClassCounts
from boostweights.weighting.policies.by_class import Balanced, EffectiveNumber, Explicit, TargetPrior
from boostweights.weighting.policies.costs import Costs

GOOD = """
name = "mine"
title = "Mine"
data = ["yeast4"]
libraries = ["lightgbm"]
policies = ["unweighted", "balanced"]
folds = 3
trees = 100
threads = 1
seed = 0
seconds_per_model = 60

[[arm]]
name = "spw"
policy = {kind = "Balanced", scale = "majority"}
form = "scale_pos_weight"
pinned = false

[costs]
fn = 5
fp = 1

[rope]
f1 = 0.03
"""

REGIONS = {name: metric.rope for name, metric in METRICS.items() if name != "fit_cpu"}


def test_the_tiny_suite_has_180_cells() -> None:
    tiny = load_suite("tiny")
    assert len(tiny.data) * len(tiny.libraries) * len(tiny.arms) * tiny.folds * tiny.repeats == 180
    assert (tiny.trees, tiny.threads) == (100, 1)


def test_a_file_is_a_suite(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(GOOD)
    found = load_suite(str(tmp_path / "mine.toml"))
    assert found == parse_suite(GOOD)
    assert [arm.name for arm in found.arms] == ["unweighted", "balanced", "spw"]
    assert (found.arms[2].form, found.arms[2].pinned, found.seconds_per_model) == (
        "scale_pos_weight",
        False,
        60.0,
    )
    assert (found.repeats, found.max_rows, found.split) == (1, 0, "stratified")
    assert (found.cost("yeast4"), found.rope) == (Cost(fn=5.0, fp=1.0), REGIONS | {"f1": 0.03})
    json.dumps(found.facts())


@pytest.mark.parametrize("name", ["tiny", "fixed", "default", "large", "ordered", "multiclass", "cap"])
def test_suites_that_come_along_are_read(name: str) -> None:
    suite = load_suite(name)
    assert suite.name == name
    assert set(suite.data) <= set(catalogue().entries)
    if name != "tiny":
        assert set(suite.rope) <= set(METRICS)
        assert {arm.name for arm in suite.arms} >= {"unweighted", "balanced"}


def test_the_suite_in_order_of_time_is_the_default_one_on_every_set_that_has_times() -> None:
    ordered, default, fixed = map(load_suite, ("ordered", "default", "fixed"))
    having = {name for name, entry in catalogue().entries.items() if entry.time}
    assert (ordered.split, set(ordered.data)) == ("time", having)
    arms = {arm.name: arm for arm in fixed.arms}
    assert [arm.name for arm in ordered.arms] == ["unweighted", "balanced", "balanced_all_data"]
    assert all(
        (arm.policy, arm.resolve) == (arms[arm.name].policy, arms[arm.name].resolve) for arm in ordered.arms
    )
    for same in ("folds", "repeats", "trees", "seed", "max_rows", "rope", "costs"):
        assert getattr(ordered, same) == getattr(default, same)


def test_a_split_by_time_needs_data_with_times_and_one_repeat() -> None:
    text = GOOD.replace("folds = 3", "folds = 3\nsplit = 'time'")
    timed = text.replace('["yeast4"]', '["email-spam"]')
    assert parse_suite(timed).split == "time"
    with pytest.raises(
        InvalidValueError, match=r"data of suite mine must have times.*; got 'yeast4'\. Those .* email-spam, "
    ):
        parse_suite(text.replace('["yeast4"]', '["email-spam", "yeast4"]'))
    with pytest.raises(InvalidValueError, match="repeats of suite mine must be 1.*; got 2"):
        parse_suite(timed.replace("folds = 3", "folds = 3\nrepeats = 2"))


def test_tiers_name_their_data_sets() -> None:
    text = GOOD.replace('data = ["yeast4"]', 'tiers = ["tiny"]')
    tiny = [name for name, entry in catalogue().entries.items() if entry.tier == "tiny"]
    assert parse_suite(text).data == tuple(tiny)


def test_a_suite_may_be_like_another_but_for_what_it_says_itself() -> None:
    tiny = load_suite("tiny")
    found = parse_suite('like = "tiny"\nname = "more"\nfolds = 5\ntiers = ["tiny"]')
    assert (found.name, found.folds, found.arms, found.libraries) == ("more", 5, tiny.arms, tiny.libraries)
    assert set(found.data) == set(tiny.data)
    assert parse_suite('like = "tiny"\n[[arm]]\nname = "one"').arms[0].name == "one"
    with pytest.raises(InvalidValueError, match=r"got 'tinny'\. Did you mean 'tiny'\?"):
        parse_suite('like = "tinny"')


def test_costs_may_differ_by_data_set() -> None:
    found = parse_suite(GOOD + "[costs.data.yeast4]\nfn = 'imbalance'\nfp = 2\n")
    assert found.cost("yeast4") == Cost(fn="imbalance", fp=2.0)
    assert found.cost("yeast4").fn_of(ClassCounts({0: 90, 1: 10})) == 18.0
    assert found.cost("another").fn == 5.0


@pytest.mark.parametrize(
    ("line", "instead", "message"),
    [
        ("folds = 3", "fold = 3", r"got 'fold'\. Did you mean 'folds'\?"),
        ("folds = 3", "", r"got no folds\."),
        ("folds = 3", "folds = 1", r"folds must be .*`int` >= 2 \(suite, line 7\); got 1"),
        ("folds = 3", "folds = 3\nmax_rows = -1", "max_rows must be .*>= 0 .*; got -1"),
        ("folds = 3", "folds = 3\nsplit = 'stratifed'", r"got 'stratifed'\. Did you mean 'stratified'\?"),
        ("trees = 100", "trees = 0", "trees must be .*>= 1"),
        ("seconds_per_model = 60", "seconds_per_model = 0", "seconds_per_model must be .*> 0.0 .*; got 0"),
        ("seconds_per_model = 60", "seconds_per_model = nan", "seconds_per_model must be .*; got nan"),
        ('["lightgbm"]', '["ligthgbm"]', r"got 'ligthgbm'\. Did you mean 'lightgbm'\?"),
        ('["lightgbm"]', '["sklearn"]', "form of arm spw .* a library of suite mine; got 'scale_pos_weight'"),
        ('["yeast4"]', '["yeast"]', r"got 'yeast'\. Did you mean 'yeast4'\?"),
        ('["yeast4"]', "[]", "data of suite mine must name at least one"),
        ('["yeast4"]', '["yeast4", "yeast4"]', "data of suite mine must name at least one, each once"),
        ('data = ["yeast4"]', 'tiers = ["tinny"]', r"got 'tinny'\. Did you mean 'tiny'\?"),
        ('"balanced"]', '"balenced"]', r"got 'balenced'\. Did you mean 'balanced'\?"),
        ('name = "spw"', 'name = "balanced"', "policies and arms of suite mine .* each once"),
        ('kind = "Balanced"', 'kind = "Balance"', r"got 'Balance'\. Did you mean 'Balanced'\?"),
        ('scale = "majority"', "power = 2", "power must lie in"),
        ('form = "scale', 'forms = "scale', r"got 'forms'\. Did you mean 'form'\?"),
        ('form = "scale_pos_weight"', 'form = "scale_pos_wait"', r"Did you mean 'scale_pos_weight'\?"),
        ("pinned = false", 'pinned = false\nresample = "smoot"', r"got 'smoot'\. Did you mean 'smote'\?"),
        ("fn = 5", "fm = 5", r"\[costs\] of a suite has no other keys.*line 20\); got 'fm'\. .*: 'fn', 'fp'"),
        ("fn = 5", 'fn = "five"', r"costs.fn of a suite .*; got 'five'\. .* 'imbalance'\. Or write a number"),
        ("f1 = 0.03", "recal = 0.01", r"rope .* of known metrics; got 'recal'\. Did you mean 'recall'\?"),
        ("f1 = 0.03", "f1 = 0", r"rope\[\.\.\.\] must be .*> 0.0"),
        ('name = "mine"', "name = ", r"a suite must be TOML \(suite, line 2\)"),
    ],
)
def test_bad_values(line: str, instead: str, message: str) -> None:
    refuses(InvalidValueError, line, instead, message)


@pytest.mark.parametrize(
    ("line", "instead", "message"),
    [
        ("folds = 3", 'folds = "3"', "folds must be .*expected `int`, got `str` .*; got '3'"),
        ("folds = 3", "folds = true", "folds must be .*got `bool` .*; got True"),
        ('["yeast4"]', '"yeast4"', "data must be .*expected `array`, got `str`.*; got 'yeast4'"),
        ('["yeast4"]', "[4]", r"data\[0\] must be .*expected `str`, got `int`.*; got 4"),
        ('name = "spw"', "name = 3", r"arm\[0\].name must be .*expected `str`.*line 14\); got 3"),
        ('{kind = "Balanced", scale = "majority"}', "3", r"arm\[0\].policy must be .*; got 3"),
        ("pinned = false", "pinned = 0", r"arm\[0\].pinned must be .*expected `bool`.*line 17\); got 0"),
        ("[[arm]]", "[arm]", "arm must be .*expected `array`, got `object`"),
    ],
)
def test_bad_types(line: str, instead: str, message: str) -> None:
    refuses(InvalidTypeError, line, instead, message)


def refuses(kind: type[BoostweightsError], line: str, instead: str, message: str) -> None:
    assert line in GOOD
    with pytest.raises(kind, match=message):
        parse_suite(GOOD.replace(line, instead, 1))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ('dummy = true\npolicy = "balanced"', "a dummy has no other settings"),
        ('dummy = true\ncorrection = "fitted"', "a dummy has no other settings"),
        ('policy = "balanced"\nresample = "over"', "resolved on the fold resampled, before or all"),
        ('policy = "balanced"\nresolve = "before"', "only beside resampling"),
        ('resample = "over"\nearly_stopping = "weighted"', "copies would be on both sides"),
        ('form = "scale_pos_weight"', "an arm without weights has neither a native form"),
        ('policy = "balanced"\npinned = false', "only a native form can go without pins"),
        (
            'policy = "balanced"\nform = "scale_pos_weight"\npinned = false\nearly_stopping = "weighted"',
            "a form without pins is trained as it is",
        ),
    ],
)
def test_settings_of_an_arm_that_do_not_go_together(settings: str, message: str) -> None:
    with pytest.raises(InvalidValueError, match=f"{message}.*got arm odd: "):
        parse_suite(f'{GOOD}\n[[arm]]\nname = "odd"\n{settings}\n')


def test_an_arm_may_ask_for_a_fitted_correction_and_others_say_nothing_of_it() -> None:
    arm = '\n[[arm]]\nname = "f"\npolicy = "balanced"\ncorrection = "{}"\n'
    *others, fitted = parse_suite(GOOD + arm.format("fitted")).facts()["arms"]
    assert fitted["correction"] == "fitted"
    assert not any("correction" in facts for facts in others)
    assert "correction" not in parse_suite(GOOD + arm.format("analytic")).facts()["arms"][-1]
    with pytest.raises(
        InvalidValueError, match=r"correction of a suite must be known.*got 'isotonic'.*'fitted'"
    ):
        parse_suite(GOOD + arm.format("isotonic"))


COUNTS = ClassCounts({0: 90, 1: 10})


@pytest.mark.parametrize(
    ("given", "policy"),
    [
        ("balanced", Balanced()),
        ({"kind": "Balanced", "power": 0.25, "cap": 3}, Balanced(power=0.25, cap=3)),
        ({"kind": "EffectiveNumber", "beta": 0.99}, EffectiveNumber(beta=0.99)),
        ({"kind": "Explicit", "positive": 7}, Explicit({0: 1, 1: 7})),
        ({"kind": "TargetPrior", "positive": 0.3}, TargetPrior({0: 0.7, 1: 0.3})),
        ({"kind": "Costs", "fn": 4, "fp": 2}, Costs(fn=4, fp=2)),
        ("costs", Costs(fn=20, fp=3)),
    ],
)
def test_a_policy_without_labels_is_the_policy_for_0_and_1(given: object, policy: Balanced) -> None:
    assert as_spec(given).resolve(COUNTS, Cost(fn=20, fp=3)) == policy.resolve(COUNTS)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"kind": "Explicit"}, "missing 1 required .*positive"),
        ({"kind": "Costs", "fn": 2}, "fn and fp, or neither"),
        ({"kind": "Balanced", "scales": 1}, "Did you mean 'scale'"),
        ({"kind": "TargetPrior", "positive": 1.5}, "a weight must be positive"),
        ({"kind": "Explicit", "positive": "9"}, "must be a .*number.*'9'"),
    ],
)
def test_policies_that_say_too_little_or_too_much(given: object, says: str) -> None:
    with pytest.raises(BoostweightsError, match=says):
        as_spec(given)


def test_an_unknown_suite_is_met_with_the_nearest() -> None:
    with pytest.raises(
        InvalidValueError, match=r"got 'tinny'\. Did you mean 'tiny'\? A path must end in \.toml"
    ):
        load_suite("tinny")


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_suite_file_that_cannot_be_read(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "no.toml").write_bytes(content)
    with pytest.raises(InvalidValueError, match=r"no\.toml"):
        load_suite(str(tmp_path / "no.toml"))
