-- Facts of each run: when, where, with what; apart from results, so that two runs of one plan compare equal.
CREATE TABLE runs (id INTEGER PRIMARY KEY, facts TEXT NOT NULL);

-- The plan of the latest run.
CREATE TABLE datasets (name TEXT PRIMARY KEY, digest TEXT NOT NULL, facts TEXT NOT NULL);
CREATE TABLE arms (position INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, facts TEXT NOT NULL);
CREATE TABLE cells (
    position INTEGER PRIMARY KEY,
    dataset TEXT NOT NULL REFERENCES datasets (name),
    family TEXT NOT NULL,
    repeat INTEGER NOT NULL,
    fold INTEGER NOT NULL,
    library TEXT NOT NULL,
    arm TEXT NOT NULL REFERENCES arms (name),
    model_key TEXT NOT NULL,
    UNIQUE (dataset, repeat, fold, library, arm)
);
CREATE INDEX cells_by_model ON cells (model_key);

-- Results; a model serves every cell that names its key.
CREATE TABLE models (
    id INTEGER PRIMARY KEY,
    model_key TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL,
    weights TEXT NOT NULL,
    digest TEXT,
    error TEXT,
    traceback TEXT
);
CREATE TABLE metrics (
    model INTEGER NOT NULL REFERENCES models (id) ON DELETE CASCADE,
    rule TEXT NOT NULL,
    proba TEXT NOT NULL,
    metric TEXT NOT NULL,
    value REAL,
    PRIMARY KEY (model, rule, proba, metric)
) WITHOUT ROWID;
CREATE TABLE curves (
    model INTEGER NOT NULL REFERENCES models (id) ON DELETE CASCADE,
    curve TEXT NOT NULL,
    proba TEXT NOT NULL,
    place INTEGER NOT NULL,
    x REAL NOT NULL,
    y REAL NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (model, curve, proba, place)
) WITHOUT ROWID;
CREATE TABLE predictions (
    model INTEGER PRIMARY KEY REFERENCES models (id) ON DELETE CASCADE,
    test_rows BLOB NOT NULL,
    proba BLOB NOT NULL
);
CREATE TABLE timings (
    model INTEGER NOT NULL REFERENCES models (id) ON DELETE CASCADE,
    step TEXT NOT NULL,
    seconds REAL NOT NULL,
    PRIMARY KEY (model, step)
) WITHOUT ROWID;
