"""``boostweights card``: written, checked, shown and compared, by words, files and exit codes."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from commands import COUNTS, call, refused, table
from lightgbm import LGBMClassifier
from sklearn.utils.class_weight import compute_class_weight

import boostweights as bw

CARD = "bad.card.toml"
WHY = ("--rationale", "a missed default costs more", "--owner", "credit risk", "--affected", "fn=lenders")
ON = (CARD, "loans.csv", "--target", "bad")

SCRIPT = """
import boostweights as bw
from lightgbm import LGBMClassifier

clf = bw.WeightedClassifier(LGBMClassifier(), weighting=bw.Balanced(power=0.5, owner="the file's"))
costs = bw.Costs(fn=20, fp=1)
if __name__ == "__main__":
    raise SystemExit("run as a script")
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    table().to_csv("loans.csv", index=False)
    Path("train.py").write_text(SCRIPT)
    return tmp_path


def weights() -> dict[int, float]:
    return dict(bw.Card.read(CARD).weights.class_weight)


def test_a_card_states_what_options_and_data_say() -> None:
    assert call("card", "write", *ON, *WHY, "--library", "lightgbm", "--reviewer", "Ada")[0] == 0
    found = tomllib.loads(Path(CARD).read_text())
    y = table()["bad"].to_numpy()
    assert weights() == dict(enumerate(compute_class_weight("balanced", classes=np.array([0, 1]), y=y)))
    assert found["why"] == {
        "rationale": "a missed default costs more",
        "owner": "credit risk",
        "affected": {"fn": "lenders"},
    }
    assert (found["data"]["target"], found["native"]["library"]) == ("bad", "lightgbm")
    assert (found["review"]["state"], found["review"]["reviewer"]) == ("approved", "Ada")
    assert [row["label"] for row in found["data"]["classes"]] == [0, 1]  # not text: as the column has them


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--policy", "sqrt_balanced"], bw.Balanced(power=0.5)),
        (["--policy", "unweighted"], bw.Unweighted()),
        (["--fn", "50", "--fp", "2"], bw.Costs(fn=50, fp=2)),
        (["--fn", "50", "--positive", "1"], bw.Costs(fn=50, fp=1, pos_label=1)),
        (["--weight", "0=1", "--weight", "1=9.5"], bw.Explicit({0: 1, 1: 9.5})),
        (["--from", "train.py:clf"], bw.Balanced(power=0.5)),
        (["--from", "train.py:costs"], bw.Costs(fn=20, fp=1)),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_policies_are_said_by_options_or_by_a_file(options: list[str], expected: bw.Policy) -> None:
    code, out, err = call("card", "write", *ON, *options)
    assert (code, err) == (0, "")
    assert bw.Card.read(CARD).policy == expected
    assert out.startswith(f"{CARD}: {type(expected).__name__}(")
    if options[-1] == "train.py:clf":  # which brings its library, form and owner
        card = bw.Card.read(CARD)
        assert (card.library, card.form, card.owner) == ("lightgbm", "sample_weight", "the file's")


def test_a_card_is_replaced_only_when_asked_and_keeps_what_it_said() -> None:
    call("card", "write", *ON, *WHY, "--library", "lightgbm", "--fn", "50", "--reviewer", "Ada")
    before = Path(CARD).read_text()
    refused("card", "write", *ON, "--owner", "somebody", says="--force")
    assert Path(CARD).read_text() == before

    table({0: 150, 1: 50}).to_csv("loans.csv", index=False)
    code, out, _ = call("card", "write", *ON, "--owner", "somebody", "--force")
    card = bw.Card.read(CARD)
    assert (code, card.owner, card.rationale) == (0, "somebody", "a missed default costs more")
    assert (card.policy, card.library, card.affected) == (
        bw.Costs(fn=50, fp=1),
        "lightgbm",
        {"fn": "lenders"},
    )
    assert card.review.state == "not reviewed"
    assert "  the owner was 'credit risk' and is 'somebody'" in out.splitlines()


def test_an_unchanged_table_passes_and_drift_fails() -> None:
    call("card", "write", *ON, *WHY, "--library", "lightgbm")
    assert call("card", "check", CARD, "loans.csv")[0] == 0
    assert call("card", "check", CARD)[0] == 0
    table({0: 100, 1: 100}).to_csv("loans.csv", index=False)
    code, out, err = call("card", "check", CARD, "loans.csv")
    assert (code, err) == (1, "")
    assert "error card-prior-moved" in out
    assert all(line.startswith(f"{CARD}: ") for line in out.splitlines())
    assert call("card", "check", CARD, "loans.csv", "--fail-on", "never")[0] == 0
    table({0: 100, 1: 10, 2: 9}).to_csv("loans.csv", index=False)
    assert "card-new-class" in call("card", "check", CARD, "loans.csv")[1]


def test_from_which_severity_on_it_fails_is_said() -> None:
    call("card", "write", *ON, *WHY, "--library", "lightgbm")
    assert call("card", "check", CARD, "loans.csv", "--fail-on", "error")[0] == 0
    code, out, _ = call("card", "check", CARD, "loans.csv", "--fail-on", "warning", "--json")
    (found,) = json.loads(out)
    assert (code, found["card"]) == (1, CARD)
    assert [each["code"] for each in found["findings"]] == ["card-not-reviewed"]
    assert set(found["findings"][0]) == {"code", "severity", "where", "message", "why", "mend"}


def test_one_card_that_is_missing_fails() -> None:
    call("card", "write", *ON, *WHY, "--library", "lightgbm")
    code, out, _ = call("card", "check", CARD, "none.card.toml", "loans.csv", "--json")
    assert (code, [card["card"] for card in json.loads(out)]) == (1, [CARD, "none.card.toml"])
    assert "card-missing" in out


def test_a_card_edited_by_hand_where_only_boostweights_writes_is_refused() -> None:
    call("card", "write", *ON, *WHY)
    text = Path(CARD).read_text()
    Path(CARD).write_text(text.replace("weight = 5.0", "weight = 6.0"))
    refused("card", "check", CARD, "loans.csv", says="edited")
    Path(CARD).write_text(text.replace('owner = "credit risk"', 'owner = "somebody else"'))
    assert call("card", "check", CARD, "loans.csv")[0] == 0


def test_show_prints_the_card_also_of_a_model() -> None:
    call("card", "write", *ON, "--from", "train.py:clf")
    assert call("card", "show", CARD)[1] == Path(CARD).read_text()
    assert json.loads(call("card", "show", CARD, "--json")[1])["data"]["target"] == "bad"

    frame = table()
    clf = bw.WeightedClassifier(LGBMClassifier(n_estimators=2, verbose=-1), weighting="balanced")
    clf.fit(frame[["income", "age"]], frame["bad"])
    card = bw.Card.of(clf)
    card.attach(clf)
    clf.estimator_.booster_.save_model("model.txt")
    assert call("card", "show", "model.txt")[1] == card.to_text()


def test_a_reviewer_reads_what_changed_in_plain_words() -> None:
    call("card", "write", *ON, *WHY)
    Path("old.card.toml").write_text(Path(CARD).read_text())
    assert call("card", "diff", "old.card.toml", CARD)[:2] == (0, "nothing changed\n")
    call("card", "write", *ON, "--force", "--weight", "0=1", "--weight", "1=12.5")
    code, out, _ = call("card", "diff", "old.card.toml", CARD)
    assert code == 0
    assert "the weight of 1 rose from 5.0 to 12.5 (+150 %)" in out.splitlines()
    assert call("card", "diff", "old.card.toml", CARD, "--exit-code")[0] == 1
    assert json.loads(call("card", "diff", "old.card.toml", CARD, "--json")[1]) == out.splitlines()


def git(*arguments: str) -> str:
    who = ("-c", "user.name=A", "-c", "user.email=a@b.invalid", "-c", "commit.gpgsign=false")
    return subprocess.run(["git", *who, *arguments], capture_output=True, text=True, check=True).stdout


def test_git_shows_cards() -> None:
    git("init", "--quiet")
    call("card", "write", *ON, *WHY)
    Path(".gitattributes").write_text("*.card.toml diff=card\n")
    program = f"{sys.executable} -m boostweights"
    git("config", "diff.card.textconv", f"{program} card show")
    git("add", "--all")
    git("commit", "--quiet", "--message", "a card")
    call("card", "write", *ON, "--force", "--weight", "0=1", "--weight", "1=12.5")
    assert any(line.startswith("+") and "weight = 12.5" in line for line in git("diff").splitlines())


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["write", CARD, "loans.csv", "--target", "bda"], "Did you mean 'bad'?"),
        (["write", *ON, "--policy", "balenced"], "Did you mean 'balanced'?"),
        (["write", *ON, "--policy", "costs"], "Add, for example, --fn 50"),
        (["write", *ON, "--fp", "2"], "costs must say --fn"),
        (["write", *ON, "--policy", "balanced", "--fn", "2"], "--fn and --fp are for the policy costs"),
        (["write", *ON, "--policy", "weights"], "weights must be said"),
        (["write", *ON, "--fn", "2", "--weight", "1=2"], "for the policy weights"),
        (["write", *ON, "--weight", "1=x"], "--weight must be LABEL=NUMBER, not '1=x'"),
        (["write", *ON, "--weight", "0=1", "--weight", "2=3"], "--weight must name a label; got '2'"),
        (["write", *ON, "--weight", "0=1", "--weight", "0=3"], "a weight must be said once; got '0=3'"),
        (["write", *ON, "--fn", "2", "--positive", "yes"], "--positive must be a label; got 'yes'"),
        (["write", *ON, "--fn", "-2"], "got -2.0"),
        (["write", *ON, "--affected", "lenders"], "--affected must be ERROR=TEXT; got 'lenders'"),
        (["write", *ON, "--library", "xgboost", "--form", "scale_pos_wieght"], "scale_pos_weight"),
        (["write", *ON, "--from", "train.py:cfl"], "Did you mean 'clf'?"),
        (["write", *ON, "--from", "trian.py:clf"], "Did you mean 'train.py'?"),
        (["write", *ON, "--from", "train.py:clf", "--fn", "3"], "Leave one of them out."),
        (["write", "loans.csv/a.card.toml", "loans.csv", "--target", "bad"], "may be written to"),
        (["check", "loans.csv"], "a card must be named"),
        (["check", CARD, "loans.csv", "other.csv"], "cards are checked against one table"),
        (["check", "untargeted.card.toml", "loans.csv"], "Add --target."),
        (["check", "broken.card.toml", "loans.csv"], "broken.card.toml"),
        (["check", "untargeted.card.toml", "loans.csv", "--target", "bda"], "Did you mean 'bad'?"),
        (["check", "untargeted.card.toml", "loans.csv", "--target", "bad", "--tolerance", "0"], "tolerance"),
        (["show", "none.card.toml"], "none.card.toml"),
        (["show", "model.pkl"], "pickle"),
        (["diff", "untargeted.card.toml"], "Missing argument 'NEW'"),
        (["diff", "untargeted.card.toml", "none.card.toml"], "none.card.toml"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_bad_input_is_one_line_and_exit_code_2(arguments: list[str], says: str) -> None:
    bw.Card.of("balanced", bw.ClassCounts(COUNTS)).write("untargeted.card.toml")
    Path("broken.card.toml").write_text("<<<<<<< HEAD\n")
    Path("model.pkl").write_bytes(b"\x80\x04K\x01.")
    refused("card", *arguments, says=says)
    assert not Path(CARD).exists()
