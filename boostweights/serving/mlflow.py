"""Classifiers in MLflow: the one that was fitted, corrected, with its card; never the model inside."""

from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any, Literal, get_args

from boostweights.adapters.registry import adapter_of
from boostweights.adapters.serving import made, named
from boostweights.card.card import Card
from boostweights.errors import InvalidTypeError, check_known, check_that
from boostweights.lazy import needs
from boostweights.serving.served import card_of, fitted_at_end
from boostweights.serving.skops import trusted_types
from boostweights.versions import distribution_name, installed_version

Function = Literal["predict", "predict_proba"]


def save_model(clf: Any, path: str, *, serve: Function = "predict_proba", rows: Any = None) -> None:
    """Write a fitted classifier as a model of MLflow, in the format of skops.

    Both flavours, ``sklearn`` and ``python_function``, serve the classifier itself: its labels, its decision,
    its correction.

    Parameters
    ----------
    clf : WeightedClassifier, or Pipeline that ends in one
        Fitted.
    path : str
        The folder to be made.
    serve : {"predict_proba", "predict"}, default="predict_proba"
        What ``python_function`` answers; the signature is that of this function.
    rows : array or DataFrame, default=None
        Some rows as they will be sent, from which the signature is read; none is kept. Needed where columns
        are not all numbers, and for a Pipeline.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If the classifier is not fitted, or the signature needs rows.
    MissingLibraryError
        If MLflow is not installed.
    """
    needs(["mlflow", "skops.io"], "A model of MLflow", "serving")
    import mlflow.sklearn

    mlflow.sklearn.save_model(clf, path, **_arguments(clf, serve, rows))


def log_model(
    clf: Any,
    name: str = "model",
    *,
    serve: Function = "predict_proba",
    rows: Any = None,
    path: Any = None,
    advice: Any = None,
    recommendation: Any = None,
) -> Any:
    """Log a fitted classifier to the run of MLflow that is active, or a new one.

    The run also gets the card as a file and as tags, and policy, form, guarantee and correction as
    parameters.

    Parameters
    ----------
    clf, serve, rows
        As for `save_model`.
    name : str, default="model"
        The model's.
    path : WeightPath, default=None
        Kept as ``boostweights/weight_path.csv``.
    advice : Findings, default=None
        The findings of `advise`; kept as ``boostweights/advice.txt``.
    recommendation : object with to_toml or to_json, default=None
        The reason for the weights; kept as ``boostweights/recommendation.toml``, or ``.json``.

    Returns
    -------
    mlflow.models.model.ModelInfo

    Raises
    ------
    InvalidTypeError, InvalidValueError, MissingLibraryError
        As `save_model`.
    """
    needs(["mlflow", "skops.io"], "A model of MLflow", "serving")
    import mlflow

    inner = fitted_at_end(clf)
    card, summary = card_of(inner), inner.summary()
    texts = {"card.toml": card.to_text()}
    if recommendation is not None:
        ending = next((name for name in ("toml", "json") if hasattr(recommendation, f"to_{name}")), "")
        rule = "a recommendation writes itself as TOML or JSON"
        remedy = "Pass the value that recommended the weights."
        check_that(ending, rule, recommendation, remedy, InvalidTypeError)
        texts[f"recommendation.{ending}"] = str(getattr(recommendation, f"to_{ending}")())
    if advice is not None:
        texts["advice.txt"] = str(advice)
    if path is not None:
        texts["weight_path.csv"] = path.to_frame().to_csv(index=False)
    info = mlflow.sklearn.log_model(clf, name=name, **_arguments(clf, serve, rows))
    with mlflow.start_run(run_id=info.run_id) if mlflow.active_run() is None else nullcontext():
        params = {
            "boostweights.policy": repr(summary.policy),
            "boostweights.form": inner.native_.form,
            "boostweights.guarantee": inner.native_.claim,
            "boostweights.correction": summary.correction or "none",
        }
        mlflow.log_params(params)
        mlflow.set_tags(_tags(card))
        for file, text in texts.items():
            mlflow.log_text(text, f"boostweights/{file}")
    return info


def _arguments(clf: Any, serve: Function, rows: Any) -> dict[str, Any]:
    """Return the arguments of MLflow; without rows the signature is read from made rows of numbers."""
    from mlflow.models import infer_signature

    check_known(serve, get_args(Function), "python_function answers with a function of the classifier")
    inner = fitted_at_end(clf)
    adapter = adapter_of(inner.models_[0])
    if rows is None:
        rule = "the signature of a Pipeline is that of its own rows"
        check_that(clf is inner, rule, "no rows", "Pass rows=, a few of them.")
        inputs = adapter.serving.inputs(inner.models_[0])
        names = [str(name) for name in getattr(clf, "feature_names_in_", ())]
        rows = named(made(inputs, int(clf.n_features_in_), double=not inputs.single)[:5], names)
    # what serves a classifier, no more: its library, and what reads the model
    library = distribution_name(adapter.module)
    known = {"boostweights", "mlflow-skinny", "numpy", "pandas", "scikit-learn", "skops", library}
    return {
        "signature": infer_signature(rows, getattr(clf, serve)(rows)),
        "pyfunc_predict_fn": serve,
        "pip_requirements": [
            f"{name}=={version}" for name in sorted(known) if (version := installed_version(name))
        ],
        "metadata": _tags(card_of(inner)),
        "serialization_format": "skops",
        "skops_trusted_types": trusted_types(),
    }


def _tags(card: Card) -> Mapping[str, str]:
    tags = {"card_digest": card.digest, "owner": card.owner, "rationale": card.rationale}
    return {f"boostweights.{name}": value for name, value in (tags | {"review": card.review.state}).items()}
