"""scikit-learn, and classifiers like its own."""
