"""YDF's record for tests and the benchmark."""

from boostweights.adapters.record import Record

_CLASSIFIER = "boostweights.adapters.ydf.classifier:YDFClassifier"

RECORD = Record(
    classifier=_CLASSIFIER,
    distributions=("ydf",),
    forks=True,
    trees="num_trees",
    seed="random_seed",
    threads="num_threads",
    fixed={"validation_ratio": 0.0},
    competitive={"shrinkage": 0.05, "max_depth": 5},  # at most 16 leaves: the root is of depth 1
    patience="early_stopping_num_trees_look_ahead",
    stopping={"validation_ratio": 0.1},  # without it YDF stops on no rows, given ones neither
    estimators={_CLASSIFIER: {"num_trees": 8, "validation_ratio": 0.0}},
    settings={
        "defaults": {},
        "held-out rows": {"validation_ratio": 0.1, "num_trees": 300},
        "sampled": {"subsample": 0.6, "num_candidate_attributes_ratio": 0.5, "use_hessian_gain": True},
        "best first, penalty": {"growing_strategy": "BEST_FIRST_GLOBAL", "l2_regularization": 3.0},
        "oblique, class priors": {"split_axis": "SPARSE_OBLIQUE", "multinomial_initial_class_priors": True},
    },
    losses=lambda fitted: [fitted.model_.validation_loss() / 2],  # a deviance, of the rounds that were kept
)
