"""``boostweights audit``, ``advise``, ``verify``, ``claims``, ``promise``: what a shell can ask."""

import json
import pickle
import sys
from pathlib import Path

import duckdb
import pytest
from commands import COUNTS, call, refused, table

import boostweights as bw
from boostweights.audits.audit import audit

SCRIPT = """
from lightgbm import LGBMClassifier
from neighbour import WEIGHT

twice = LGBMClassifier(scale_pos_weight=WEIGHT, class_weight="balanced")
plain = LGBMClassifier()


class Settings:
    model = twice


settings = Settings()
if __name__ == "__main__":
    raise SystemExit("run as a script")
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    table().to_csv("loans.csv", index=False)
    (tmp_path / "own").mkdir()
    Path("own/train.py").write_text(SCRIPT)
    Path("own/neighbour.py").write_text("WEIGHT = 9.0\n")
    Path("ends.py").write_text("raise SystemExit(0)\n")
    Path("raises.py").write_text("x = 1 / 0\n")
    Path("syntax.py").write_text("x = = 1\n")
    Path("spw.json").write_text('{"scale_pos_weight": 9, "objective": "multi:softprob"}')
    return tmp_path


def test_an_object_of_a_file_is_audited_and_nothing_else_of_it_is_run() -> None:
    code, out, _ = call("audit", "own/train.py:twice")
    assert code == 1
    assert out.startswith("error weights-multiply: scale_pos_weight=9.0 and class_weight='balanced' multiply")
    assert call("audit", "own/train.py:twice", "--fail-on", "never")[:2] == (0, out)
    assert call("audit", "own/train.py:settings.model")[1] == out
    assert call("audit", "own/train.py:plain")[:2] == (0, "nothing found\n")


def test_the_audit_is_that_of_the_library_with_labels_too() -> None:
    from lightgbm import LGBMClassifier

    model = LGBMClassifier(scale_pos_weight=9.0, class_weight="balanced")
    for options, y in (([], None), (["--data", "loans.csv", "--target", "bad"], table()["bad"])):
        found = json.loads(call("audit", "own/train.py:twice", *options, "--json")[1])
        assert [each["code"] for each in found] == audit(model, y).codes()


def test_model_files_are_audited_as_the_models_in_them() -> None:
    import catboost
    import lightgbm
    import xgboost

    frame = table()
    X, y = frame[["income", "age"]], frame["bad"]
    ignored = {"objective": "multiclass", "num_class": 2, "is_unbalance": True, "verbosity": -1}
    lightgbm.train(ignored, lightgbm.Dataset(X, y), 2).save_model("model.txt")
    params = {"objective": "binary:logistic", "scale_pos_weight": 9}
    trained = xgboost.train(params, xgboost.DMatrix(X, y), 2)
    trained.save_model("model.json")
    trained.save_model("model.ubj")
    quiet = {"verbose": False, "allow_writing_files": False}
    catboost.CatBoostClassifier(iterations=2, scale_pos_weight=9, **quiet).fit(X, y).save_model("model.cbm")
    models = {
        "model.txt": lightgbm.Booster(model_file="model.txt"),
        "model.json": trained,
        "model.ubj": trained,
        "model.cbm": catboost.CatBoost().load_model("model.cbm"),
    }
    codes = {}
    for file, model in models.items():
        _, out, err = call("audit", file, "--json")
        assert err == "", file
        codes[file] = [each["code"] for each in json.loads(out)]
        assert codes[file] == audit(model).codes(), file
    assert codes["model.txt"] == ["ignored-parameter"]
    code, out, _ = call("audit", "spw.json", "--library", "xgboost")
    assert (code, "ignored-parameter" in out) == (1, True)


class Bomb:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (Path.touch, (Path("exploded"),))


@pytest.mark.parametrize("name", ["model.pkl", "model.joblib", "model.bin"])
def test_pickles_are_not_opened(name: str) -> None:
    Path(name).write_bytes(pickle.dumps(Bomb()))
    refused("audit", name, says="FILE.py:OBJECT")
    assert not Path("exploded").exists()


def test_advice_is_that_of_the_library() -> None:
    y = table()["bad"]
    code, out, _ = call("advise", "loans.csv", "--target", "bad", "--need", "decisions,probabilities")
    assert (code, out) == (
        0,
        f"{bw.advise(y, table()[['income', 'age']], needs=['decisions', 'probabilities'])}\n",
    )
    found = json.loads(call("advise", "loans.csv", "--target", "bad", "--fn", "50", "--json")[1])
    assert found["needs"] == ["costs"]
    assert found["costs"] == "Costs(fn=50.0, fp=1.0, pos_label=1)"
    assert found["counts"] == [{"label": label, "rows": rows} for label, rows in COUNTS.items()]
    options = {row["option"] for row in found["rows"]}
    assert options >= {"unweighted, threshold of costs", "balanced, most probable class"}
    assert all(row["uncertainty"] for row in found["rows"])


def test_advice_on_a_query_and_on_text_labels() -> None:
    with duckdb.connect("loans.duckdb") as connection:
        connection.sql("CREATE TABLE loans AS SELECT * FROM 'loans.csv'")
    query = "SELECT CASE bad WHEN 1 THEN 'yes' ELSE 'no' END AS bad FROM loans"
    asked = ("advise", "loans.duckdb", "--sql", query, "--target", "bad", "--json")
    found = json.loads(call(*asked)[1])
    assert found["counts"] == [{"label": "no", "rows": 180}, {"label": "yes", "rows": 20}]
    for named in ((), ("--positive", "yes")):  # by default the rarer one, as compare has it
        priced = json.loads(call(*asked, "--fn", "9", *named)[1])
        assert priced["costs"] == "Costs(fn=9.0, fp=1.0, pos_label='yes')"
    refused(*asked, "--fn", "9", "--strict", says="--positive must say which label is the positive one")


def test_options_of_data_are_those_of_compare_in_every_command() -> None:
    """The same names, roles and refusals, of columns that are no features."""
    table().assign(who=range(200), day="2026-01-01", code=7).to_csv("whole.csv", index=False)
    roles = ("--positive", "1", "--group", "who", "--time", "day", "--categorical", "code", "--drop", "age")
    same = ("--target", "bad", *roles, "--decimal", ".", "--sep", ",")
    commands = {
        "advise": ("whole.csv",),
        "audit": ("own/train.py:plain", "--data", "whole.csv"),
        "card": ("write", "whole.card.toml", "whole.csv", "--force"),
        "card check": ("whole.card.toml", "whole.csv"),
    }
    for command, arguments in commands.items():
        asked = [*command.split(), *arguments, *same]
        assert call(*asked)[0] == 0, command
        refused(*asked, "--key", "whoo", says="--key must name a column; got 'whoo'. Did you mean 'who'?")
        refused(*asked, "--key", "day", says="a column must have one role; got 'day' as --time and --key")
    left_out = {"--drop": "code", "--key": "income", "--group": "who"}
    for number, features in enumerate((5, 4, 3)):
        options = [text for pair in list(left_out.items())[:number] for text in pair]
        out = call("advise", "whole.csv", "--target", "bad", *options, "--verbose")[1]
        assert f"for each of {features} features" in out


def test_forms_are_verified_on_ones_own_table() -> None:
    asked = ("verify", "loans.csv", "--target", "bad", "--library", "lightgbm", "--trees", "3")
    code, out, _ = call(*asked)
    assert code == 0
    assert "class_weight: the same model as row weights" in out
    code, out, err = call(*asked, "--require", "identical")
    assert code == 1
    assert err.startswith("not met: every form must be identical")
    one = (*asked, "--form", "class_weight", "--weight", "0=1", "--weight", "1=7", "--require", "identical")
    code, out, _ = call(*one, "--json")
    (row,) = json.loads(out)["rows"]
    assert (code, row["form"], row["found"], row["max_train"]) == (0, "class_weight", "identical", 0.0)


def test_every_library_can_be_verified() -> None:
    for library in bw.forms().to_frame()["library"].unique():
        form = bw.forms(library)[:2][-1].name
        asked = ("verify", "loans.csv", "--target", "bad", "--library", library, "--trees", "2")
        code, out, err = call(*asked, "--form", form)
        assert (code, err) == (0, ""), library
        assert f"{form}: " in out


LOANS = ("loans.csv", "--target", "bad")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["audit", "own/trian.py:clf"], "a file to run must exist"),
        (["audit", "own/train.py:twise"], "Did you mean 'twice'?"),
        (["audit", "own/train.py:settings.modle"], "Did you mean 'model'?"),
        (["audit", "ends.py:x"], "ends.py: SystemExit"),
        (["audit", "raises.py:x"], "raises.py: ZeroDivisionError: division by zero"),
        (["audit", "syntax.py:x"], "syntax.py: SyntaxError"),
        (["audit", "spw.json"], "Add --library."),
        (["audit", "spw.json", "--library", "xgbost"], "Did you mean 'xgboost'?"),
        (["audit", "broken.json", "--library", "xgboost"], "a .json file must be JSON"),
        (["audit", "deep.json", "--library", "xgboost"], "a .json file must be JSON"),
        (["audit", "list.json", "--library", "xgboost"], "parameters must be a JSON object"),
        (["audit", "notes.md"], "a model file must be one of"),
        (["audit", "empty.txt"], "must be one of"),
        (["audit", "own"], "an audit is of FILE.py:OBJECT"),
        (["audit", "own/neighbour.py:WEIGHT"], "an audit needs"),
        (["audit", "own/train.py:plain", "--data", "loans.csv"], "--data and --target go together"),
        (["advise", "loans.csv", "--target", "bda"], "--target must name a column; got 'bda'"),
        (["advise", "loans.csv", "--target", "income"], "this looks continuous"),
        (["advise", *LOANS, "--need", "rnaking"], "Did you mean 'ranking'?"),
        (["advise", *LOANS, "--positive", "2"], "--positive must be a label; got '2'"),
        (["verify", *LOANS, "--library", "xgbost"], "Did you mean 'xgboost'?"),
        (["verify", *LOANS, "--library", "xgboost", "--form", "is_unbalance"], "a form of xgboost"),
        (["verify", "loans.csv", "--target", "income", "--library", "xgboost"], "must hold class labels"),
        (["verify", *LOANS, "--library", "xgboost", "--drop", "aeg"], "Did you mean 'age'?"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_bad_input_is_one_line_and_exit_code_2(arguments: list[str], says: str) -> None:
    Path("broken.json").write_text('{"a": ')
    Path("deep.json").write_text("[" * 100_000)
    Path("list.json").write_text("[1]")
    Path("empty.txt").touch()
    Path("notes.md").write_text("a note")
    path = list(sys.path)
    refused(*arguments, says=says)
    assert sys.path == path
    with pytest.raises(bw.BoostweightsError):
        call(*arguments, "--debug")


def test_how_many_rows_a_promise_needs() -> None:
    code, out, _ = call("promise", "--json")
    rows = json.loads(out)
    assert code == 0
    for row in rows:
        kept = row["rate"] if "recall" in row["promise"] else 1 - row["rate"]
        for sure in (0.8, 0.9, 0.95, 0.99):
            needed = row[f"confidence {sure:g}"]
            assert kept**needed <= 1 - sure + 1e-9 < kept ** (needed - 1)
    code, out, _ = call("promise", "--recall", "0.9", "--alarms", "0.05", "--json")
    rows = json.loads(out)
    assert [row["rows"] for row in rows][::5] == [29, 59]
    assert [
        row["order statistic"] for row in json.loads(call("promise", "--recall", "0.9", "--json")[1])
    ] == [*(1, 2, 5, 16, 77)]
    refused("promise", "--recall", "1.2", says="1.2")
