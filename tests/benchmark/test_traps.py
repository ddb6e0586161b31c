"""Each trap that the catalogue names, met in the real file."""

import numpy as np
import pandas as pd
import pytest

from boostweights.benchmark.data.dataset import Dataset
from boostweights.benchmark.data.entries import catalogue
from boostweights.benchmark.data.load import cache_directory, load, raw_files, table
from boostweights.benchmark.data.rows import duplicate_groups, row_costs

other_carriers = pytest.mark.full  # they need a download that nothing else of the tests does


def raw(name: str) -> pd.DataFrame:
    entry = catalogue().entry(name)
    return table(entry, *raw_files(entry, cache_directory()))


def test_keel_values_follow_a_comma_and_a_blank() -> None:
    found = load("yeast4")
    assert set(found.y) == {"negative", "positive"}
    assert found.X.iloc[0].tolist() == [0.58, 0.61, 0.47, 0.13, 0.5, 0.0, 0.48, 0.22]


@pytest.mark.parametrize("name", ["abalone19", "winequality-red-4", "page-blocks0"])
def test_keel_labels_have_no_blank_whatever_stands_before_them(name: str) -> None:
    assert set(load(name).y) == {"negative", "positive"}


def test_keel_names_end_at_the_bracket() -> None:
    assert "VolatileAcidity" in load("winequality-red-4").X
    assert "Lenght" in load("page-blocks0").X  # spelled so in the file


def test_keel_numbers_may_lack_their_zero() -> None:
    found = raw("page-blocks0")
    assert found["Eccen"].str.strip().str.startswith(".").any()
    assert load("page-blocks0").X["Eccen"].notna().all()


def test_keel_levels_are_text_even_if_they_look_like_numbers() -> None:
    found = load("car-good")
    assert list(found.X["Doors"].cat.categories) == ["2", "3", "4", "5more"]
    assert len(found.categorical) == found.X.shape[1]
    ranks = load("kr-vs-k").X["White_rook_row"]
    assert list(ranks.cat.categories) == [str(rank) for rank in range(1, 9)]


def test_arff_comments_and_brackets_in_names() -> None:
    found = load("pc1")
    assert {"v(g)", "iv(G)", "lOBlank"} <= set(found.X)
    assert set(found.y) == {"false", "true"}


def test_a_csv_without_header_keeps_its_first_row_and_its_question_marks_are_missing() -> None:
    found = load("hypothyroid")
    assert (found.y[0], found.X["age"][0], found.X["sex"][0]) == ("hypothyroid", 72.0, "M")
    assert found.X["TBG"].isna().mean() > 0.9
    assert list(found.X["sex"].cat.categories) == ["F", "M"]
    assert found.X["sex"].isna().any()
    assert list(found.X["TBG_measured"].cat.categories) == ["n", "y"]


def test_families_are_sets_that_share_rows() -> None:
    families: dict[str, set[str]] = {}
    for entry in catalogue().entries.values():
        families.setdefault(entry.family, set()).add(entry.name)
    shared = {family: names for family, names in families.items() if len(names) > 1 or family not in names}
    assert shared == {
        "page-blocks": {"page-blocks", "page-blocks0"},
        "kr-vs-k": {"kr-vs-k", "kr-vs-k-zero_vs_eight"},
    }
    assert load("page-blocks0").family == load("page-blocks").family == "page-blocks"
    assert load("yeast4").family == "yeast4"


@pytest.mark.parametrize(
    ("whole", "part"), [("page-blocks", "page-blocks0"), ("kr-vs-k", "kr-vs-k-zero_vs_eight")]
)
def test_a_familys_rows_are_the_same_rows(whole: str, part: str) -> None:
    rows, fewer = load(whole), load(part)
    every = pd.concat([rows.X.astype(object), fewer.X.set_axis(rows.X.columns, axis=1).astype(object)])
    positive_rows = {"page-blocks": rows.y != "1", "kr-vs-k": rows.y == "zero"}[whole]
    numbers = duplicate_groups(Dataset(name="both", X=every, y=np.r_[rows.y, fewer.y]))
    here, there = numbers[: len(rows.y)], numbers[len(rows.y) :]
    # a few labels of page-blocks' duplicate rows differ between the two files
    assert np.isin(there, here).mean() > 0.999
    assert np.isin(there[fewer.y == "positive"], here[positive_rows]).mean() > 0.98


LEAKS = {  # column, values that it has in rows of which label: what makes it a leak
    "nass-crash": ("injSeverity", "dead"),
    "vietnam-injury": ("actdays", "1"),
}


@pytest.mark.parametrize("name", LEAKS)
def test_columns_that_give_the_label_away_are_dropped(name: str) -> None:
    column, label = LEAKS[name]
    before = raw(name)
    entry = catalogue().entry(name)
    target = before[entry.target].map(lambda value: f"{value:g}" if isinstance(value, float) else str(value))
    value = before[column].astype(float)
    given = (value == 4) if name == "nass-crash" else (value > 0)
    assert given.any()
    assert (target[given] == label).mean() > 0.95
    assert column not in load(name).X


def test_rows_whose_label_is_missing_go() -> None:
    before = raw("mpls-vehicle-search")
    assert before["vehicleSearch"].isna().sum() == 8221
    assert len(load("mpls-vehicle-search").y) == len(before) - 8221


def test_a_persons_rows_are_a_group_and_the_person_is_no_feature() -> None:
    found, before = load("covid-testing"), raw("covid-testing")
    assert "subject_id" not in found.X
    assert found.group is not None
    pairs = pd.DataFrame({"group": found.group, "person": before["subject_id"].to_numpy()}).drop_duplicates()
    assert len(pairs) == before["subject_id"].nunique() == 12344


@pytest.mark.full
def test_a_challenges_matrix_has_its_labels_in_another_file() -> None:
    for name, width in (("sylva", 216), ("hiva", 1617)):
        found = load(name)
        assert found.X.shape[1] == width
        assert not found.X.isna().any().any()  # the trailing blank is no column
        assert set(found.y) == {"-1", "1"}


@pytest.mark.full
def test_columns_that_say_not_a_fatality_and_a_class_of_nine_rows_are_dropped() -> None:
    before, found = raw("fars"), load("fars")
    severity = before["INJURY_SEVERITY"].str.strip()
    assert not (severity[before["RACE"].str.strip().str.startswith("Not_a_Fat")] == "Fatal_Injury").any()
    assert not {"RACE", "HISPANIC_ORIGIN"} & set(found.X)
    assert (severity == "Died_Prior_to_Accident").sum() == 9
    assert "Died_Prior_to_Accident" not in found.y


@other_carriers
def test_a_file_of_lone_carriage_returns_behind_a_byte_order_mark() -> None:
    found, before = load("accidents"), raw("accidents")
    assert len(found.y) == 42183
    assert not any(str(name).startswith("\ufeff") for name in before)
    coded = before[["INJURY_CRASH", "FATALITIES"]].astype(int).max(axis=1)
    assert ((coded > 0) == (before["MAX_SEV_IR"].astype(int) > 0)).all()  # the label, in other words
    assert not {"INJURY_CRASH", "NO_INJ_I", "PRPTYDMG_CRASH", "FATALITIES"} & set(found.X)


@other_carriers
def test_columns_of_costs_are_costs_and_no_features() -> None:
    found = load("churn-tv")
    assert not {"C_FP", "C_FN", "C_TP", "C_TN"} & set(found.X)
    assert set(found.y) == {"0", "1"}  # "0.0" and "1.0" in the file
    costs = row_costs(found, [0])
    before = raw("churn-tv")[["C_TN", "C_FP", "C_FN", "C_TP"]].astype(float)
    np.testing.assert_array_equal(costs, before.to_numpy())


@other_carriers
def test_shifted_rows_of_a_tab_separated_file_are_dropped() -> None:
    found, before = load("pakdd2009"), raw("pakdd2009")
    assert (before["TARGET_LABEL_BAD=1"] == "N").sum() == 12
    assert len(found.y) == len(before) - 12
    assert found.X["PERSONAL_NET_INCOME"].notna().all()
    assert "Unnamed: 27" in before
    assert "Unnamed: 27" not in found.X
    assert found.X["SEX"].isna().sum() == 1


@other_carriers
def test_sentinels_are_missing() -> None:
    found, before = load("give-me-credit"), raw("give-me-credit")
    late = [name for name in found.X if "PastDue" in name or "90Days" in name]
    assert len(late) == 3
    odd = before[late].isin(["96", "98"])
    assert odd.all(axis=1).sum() == 269
    for name in late:
        assert (found.X[name].isna().to_numpy() == odd[name].to_numpy()).all()
        assert found.X[name].max() < 96
    assert found.X["age"].isin([96, 98]).any()  # an age of 96 is an age
    assert found.X["MonthlyIncome"].isna().any()  # "NA" in the file
