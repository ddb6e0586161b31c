-- Facts of each run: when, where, with what; apart from results, so that two runs of one plan compare equal.
CREATE TABLE runs (id INTEGER PRIMARY KEY, facts TEXT NOT NULL);

-- The plan of the latest run.
CREATE TABLE datasets (name TEXT PRIMARY KEY, digest TEXT NOT NULL, facts TEXT NOT NULL);
CREATE TABLE cells (
    position INTEGER PRIMARY KEY,
    dataset TEXT NOT NULL REFERENCES datasets (name),
    fold INTEGER NOT NULL,
    library TEXT NOT NULL,
    policy TEXT NOT NULL,
    model_key TEXT NOT NULL,
    UNIQUE (dataset, fold, library, policy)
);

-- Results; a model serves every cell that names its key.
CREATE TABLE models (
    model_key TEXT PRIMARY KEY,
    status TEXT NOT NULL,
    weights TEXT NOT NULL,
    digest TEXT,
    error TEXT,
    traceback TEXT
);
CREATE TABLE metrics (
    model_key TEXT NOT NULL REFERENCES models (model_key) ON DELETE CASCADE,
    metric TEXT NOT NULL,
    value REAL,
    PRIMARY KEY (model_key, metric)
);
CREATE TABLE timings (
    model_key TEXT NOT NULL REFERENCES models (model_key) ON DELETE CASCADE,
    step TEXT NOT NULL,
    seconds REAL NOT NULL,
    PRIMARY KEY (model_key, step)
);
