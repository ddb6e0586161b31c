"""YDF's gradient boosted trees as a scikit-learn classifier.

YDF's own learner takes the names of label and weight columns when it is made, and cannot be cloned.
"""

from __future__ import annotations

import copyreg
from typing import Any

import numpy as np
import ydf
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import unique_labels
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, column_or_1d, validate_data

from boostweights.errors import InvalidValueError

# pickles and copies of YDF's models by their bytes: its own way prints a warning into every one
copyreg.pickle(ydf.GradientBoostedTreesModel, lambda model: (ydf.deserialize_model, (model.serialize(),)))


class YDFClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """``ydf.GradientBoostedTreesLearner`` with scikit-learn's interface.

    Labels of any kind; numbers become float32, columns of text or categories stay categories. Missing values
    are NaN, None or NA. YDF holds a tenth of the rows out to stop early, if no evaluation set is given; with
    ``validation_ratio=0.0`` it trains all trees, whether one is given or not.

    Parameters
    ----------
    class_weights : dict, default=None
        The text of each label → its weight, as YDF takes it. It multiplies `sample_weight`, in float32, and
        weighs evaluation rows too.
    num_threads : int, default=1
        The number of threads; YDF trains other trees with another number.
    **settings
        Of the learner, by their own names: ``num_trees``, ``shrinkage``, ``random_seed``, … An unknown one is
        the learner's TypeError in ``fit``.

    Attributes
    ----------
    classes_ : ndarray of shape (k,)
        Labels, sorted; the order of probability columns.
    model_ : ydf.GradientBoostedTreesModel
        YDF's own model. Its features are ``x0``, ``x1``, …
    n_iter_ : int
        Rounds that were kept.
    uid_ : str
        YDF's own identifier of the training.

    Examples
    --------
    >>> import numpy as np
    >>> X, y = np.arange(100.0)[:, None], np.where(np.arange(100) >= 90, "bad", "good")
    >>> weighted = YDFClassifier(num_trees=5, validation_ratio=0.0, class_weights={"bad": 9.0, "good": 1.0})
    >>> weighted.fit(X, y).predict([[3.0], [95.0]])
    array(['good', 'bad'], dtype='<U4')
    >>> by_row = YDFClassifier(num_trees=5, validation_ratio=0.0)
    >>> by_row.fit(X, y, sample_weight=np.where(y == "bad", 9.0, 1.0))
    YDFClassifier(num_trees=5, validation_ratio=0.0)
    >>> np.array_equal(by_row.predict_proba(X), weighted.predict_proba(X))
    True
    """

    def __init__(self, *, class_weights: Any = None, num_threads: int = 1, **settings: Any) -> None:
        self.__dict__.update(settings, class_weights=class_weights, num_threads=num_threads)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the settings that were given, and the two named ones."""
        # neither what a fit leaves behind nor notes are settings
        return {key: value for key, value in vars(self).items() if key.strip("_").split("boostw")[0] == key}

    def set_params(self, **params: Any) -> YDFClassifier:
        """Set parameters; the learner checks them when it is fitted."""
        self.__dict__.update(params)
        return self

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
    ) -> YDFClassifier:
        """Train; with `X_val` and `y_val`, keep the rounds of the least loss on these rows.

        Parameters
        ----------
        X : array-like or pandas.DataFrame of shape (n, p)
            Features.
        y : array-like of shape (n,)
            Labels of two classes or more.
        sample_weight : array-like of shape (n,), default=None
            Row weights; YDF stores float32.
        X_val, y_val, sample_weight_val : array-likes, default=None
            One evaluation set.
        """
        columns, y = self._columns(X, reset=True), column_or_1d(y, warn=True)
        self.classes_ = unique_labels(y)
        classes = list(map(str, self.classes_))
        if len(classes) < 2 or set(self.class_weights or classes) != set(classes):
            rule = "class_weights must name the texts of all classes, of which there are at least two"
            raise InvalidValueError(rule, f"{self.class_weights} for {classes}", "Name each of them.")
        texts = [(name, ydf.Semantic.CATEGORICAL) for name in columns if columns[name].dtype.kind == "U"]
        by_row = sample_weight is not None or sample_weight_val is not None
        # YDF takes row weights or class weights; _rows multiplies them where there are both
        weights = {"weights": "__weight__", "class_weights": None} if by_row else {}
        settings = {"features": texts, "include_all_columns": True, **self.get_params(), **weights}
        learner = ydf.GradientBoostedTreesLearner("__label__", **settings, label_classes=classes)
        valid = None if X_val is None else self._rows(self._columns(X_val), y_val, sample_weight_val, by_row)
        self.model_ = learner.train(self._rows(columns, y, sample_weight, by_row), valid=valid, verbose=0)
        self.uid_ = str(self.model_.metadata().uid)
        self.n_iter_ = self.model_.num_trees() // self.model_.num_trees_per_iteration()
        return self

    def predict_proba(self, X: Any) -> Any:
        """Return float32 probabilities of shape (n, k), columns in the order of ``classes_``."""
        check_is_fitted(self)
        proba = self.model_.predict(self._columns(X), num_threads=self.num_threads)
        return proba if proba.ndim == 2 else np.column_stack([1 - proba, proba])

    def predict(self, X: Any) -> Any:
        """Return the label of highest probability for each row."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def _rows(self, columns: Any, y: Any, sample_weight: Any, by_row: bool) -> dict[str, Any]:
        texts = list(map(str, column_or_1d(y)))
        rows = {**columns, "__label__": np.array(texts)}
        if by_row:
            own = np.array([(self.class_weights or {}).get(text, 1.0) for text in texts], np.float32)
            rows["__weight__"] = own * _check_sample_weight(sample_weight, texts, dtype=np.float32)
        return rows

    def _columns(self, X: Any, *, reset: bool = False) -> dict[str, Any]:
        """Numbers as float32; any other column of a frame as text, in which '' is missing."""
        frame = hasattr(X, "select_dtypes")
        texts = {*X.select_dtypes(exclude=["number", "bool", "boolean"])} if frame else ()
        X = validate_data(self, X, reset=reset, skip_check_array=bool(texts), ensure_all_finite="allow-nan")
        if not texts:
            return {f"x{i}": values for i, values in enumerate(X.T.astype(np.float32))}
        X = X.astype(dict.fromkeys(texts, "string"))
        kinds = [(str, False, "") if name in texts else (np.float32, False, np.nan) for name in X]
        return {f"x{i}": X.iloc[:, i].to_numpy(*kind) for i, kind in enumerate(kinds)}

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags
