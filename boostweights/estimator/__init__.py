"""A scikit-learn classifier that trains another one with class weights from a policy."""
