-- Facts of each run: when, where, with what; apart from results, so that two runs of one plan compare equal.
CREATE TABLE IF NOT EXISTS runs (id INTEGER PRIMARY KEY, facts TEXT NOT NULL);

-- The plan of the latest run.
CREATE TABLE IF NOT EXISTS datasets (name TEXT PRIMARY KEY, digest TEXT NOT NULL, facts TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS arms (position INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, facts TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS cells (
    position INTEGER PRIMARY KEY,
    dataset TEXT NOT NULL REFERENCES datasets (name),
    family TEXT NOT NULL,
    repeat INTEGER NOT NULL,
    fold INTEGER NOT NULL,
    library TEXT NOT NULL,
    arm TEXT NOT NULL REFERENCES arms (name),
    model_key TEXT NOT NULL,
    regime TEXT NOT NULL,
    UNIQUE (dataset, repeat, fold, library, regime, arm)
);
CREATE INDEX IF NOT EXISTS cells_by_model ON cells (model_key);

-- Results; a model serves every cell that names its key.
CREATE TABLE IF NOT EXISTS models (
    id INTEGER PRIMARY KEY,
    model_key TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL,
    weights TEXT NOT NULL,
    digest TEXT,
    error TEXT,
    traceback TEXT
);
CREATE TABLE IF NOT EXISTS metrics (
    model INTEGER NOT NULL REFERENCES models (id) ON DELETE CASCADE,
    rule TEXT NOT NULL,
    proba TEXT NOT NULL,
    metric TEXT NOT NULL,
    value REAL,
    PRIMARY KEY (model, rule, proba, metric)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS curves (
    model INTEGER NOT NULL REFERENCES models (id) ON DELETE CASCADE,
    curve TEXT NOT NULL,
    proba TEXT NOT NULL,
    place INTEGER NOT NULL,
    x REAL NOT NULL,
    y REAL NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (model, curve, proba, place)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS predictions (
    model INTEGER PRIMARY KEY REFERENCES models (id) ON DELETE CASCADE,
    test_rows BLOB NOT NULL,
    proba BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS scores (
    model INTEGER NOT NULL REFERENCES models (id) ON DELETE CASCADE,
    proba TEXT NOT NULL,
    labels BLOB NOT NULL,
    logits BLOB NOT NULL,
    PRIMARY KEY (model, proba)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS timings (
    model INTEGER NOT NULL REFERENCES models (id) ON DELETE CASCADE,
    step TEXT NOT NULL,
    seconds REAL NOT NULL,
    PRIMARY KEY (model, step)
) WITHOUT ROWID;

-- SHA-256 of all rows of a model, or, with subject 0, of the runs and the plan. Older stores lack some.
CREATE TABLE IF NOT EXISTS digests (subject INTEGER PRIMARY KEY, digest TEXT NOT NULL);
CREATE TRIGGER IF NOT EXISTS undigested AFTER DELETE ON models BEGIN
    DELETE FROM digests WHERE subject = OLD.id;
END;
