"""The workflow and the hook that we offer: what their steps run, run on a repository of one's own."""

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from commands import call, table

ROOT = Path(__file__).parents[1]
WORKFLOW = ROOT / "examples" / "github-action" / "weighting-cards.yml"
HOOKS = ROOT / ".pre-commit-hooks.yaml"
CARD, DATA = Path("cards/churn.card.toml"), Path("data/churn.csv")
WRITE = ("card", "write", CARD, DATA, "--target", "churn", "--library", "lightgbm")


def git(*arguments: str) -> None:
    who = ("-c", "user.name=A", "-c", "user.email=a@b.invalid", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *arguments], check=True, capture_output=True)


def save(rows: dict[int, int]) -> None:
    table(rows).rename(columns={"bad": "churn"}).to_csv(DATA, index=False)


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a card that is true of its data, and a branch for the pull request."""
    monkeypatch.chdir(tmp_path)
    git("init", "--quiet", "--initial-branch=main")
    for folder in (CARD.parent, DATA.parent):
        folder.mkdir()
    save({0: 180, 1: 20})
    assert call(*WRITE, "--rationale", "a call costs less", "--owner", "retention")[0] == 0
    commit()
    git("switch", "--quiet", "--create", "change")
    return tmp_path


def commit() -> None:
    git("add", "--all")
    git("commit", "--quiet", "--allow-empty", "--message", "a change")


def steps() -> dict[str, str]:
    """What the workflow runs, step by step; installing aside."""
    job = yaml.safe_load(WORKFLOW.read_text())["jobs"]["cards"]
    return {step["name"]: step["run"] for step in job["steps"] if "run" in step and step["name"] != "Install"}


def pull_request() -> tuple[int, str, str]:
    """Run the steps as GitHub does, with bash -e, and return exit code, output and summary."""
    output = ""
    summary = Path("summary.md")
    summary.unlink(missing_ok=True)
    environment = os.environ | {
        "BASE": "main",
        "GITHUB_STEP_SUMMARY": str(summary),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    for script in steps().values():
        done = subprocess.run(
            ["bash", "-e", "-c", script], env=environment, capture_output=True, text=True, check=False
        )
        output += done.stdout + done.stderr
        if done.returncode:
            return done.returncode, output, summary.read_text()
    return 0, output, summary.read_text()


def test_the_workflow_is_for_pull_requests_and_may_only_read() -> None:
    workflow: dict[Any, Any] = yaml.safe_load(WORKFLOW.read_text())
    assert "pull_request" in workflow[True]  # YAML 1.1 reads `on` as true
    assert workflow["permissions"] == {"contents": "read"}
    assert set(steps()) == {"What changed", "Cards are there, and true of the training rows"}


def test_drift_fails() -> None:
    save({0: 100, 1: 100})
    commit()
    code, output, _ = pull_request()
    assert code == 1
    assert f"{CARD}: error card-prior-moved" in output


def test_a_missing_card_fails_and_the_summary_says_that_it_is_gone() -> None:
    CARD.unlink()
    commit()
    code, output, summary = pull_request()
    assert code == 1
    assert "error card-missing" in output
    assert summary == f"**{CARD}**\n- the card is gone\n"


def test_a_new_policy_passes_and_the_summary_says_what_changed() -> None:
    assert call(*WRITE, "--force", "--policy", "sqrt_balanced")[0] == 0
    Path("cards/other.card.toml").write_text(CARD.read_text())
    commit()
    code, _, summary = pull_request()
    assert code == 0
    changed, new = summary.split("**cards/other.card.toml**\n")
    assert changed.startswith(f"**{CARD}**\n")
    assert "- the weight of 1 fell from 5.0 to 2.5 (-50 %)\n" in changed
    assert new == "- the card is new\n"


def hook() -> list[str]:
    (only,) = yaml.safe_load(HOOKS.read_text())
    assert only["id"] == "boostweights-card"
    assert only["files"] == r"\.card\.toml$"
    return shlex.split(only["entry"])


def run_hook(*arguments: str) -> int:
    program, *command = hook()
    assert program == "boostweights"
    return call(*command, *arguments)[0]


def test_the_hook_checks_the_cards_that_change() -> None:
    assert run_hook(str(CARD)) == 0
    assert run_hook("--fail-on", "warning", str(CARD)) == 1  # nobody has reviewed it
    CARD.write_text(CARD.read_text().replace("count = 20", "count = 21"))
    assert run_hook(str(CARD)) == 2


def test_the_hook_compares_a_card_with_its_data_as_the_example_says() -> None:
    text = (WORKFLOW.parent / "README.md").read_text()
    example = text.split("```yaml\n")[1].split("```")[0]
    first, second = yaml.safe_load(example)["repos"][0]["hooks"]
    assert first["id"] == second["id"] == "boostweights-card"
    assert second["pass_filenames"] is False
    assert run_hook(*second["args"]) == 0
    save({0: 100, 1: 100})
    assert run_hook(*second["args"]) == 1
    CARD.unlink()
    assert run_hook(*second["args"]) == 1
