"""A run: train the models of a plan that the store lacks, several at a time, each within its limits."""
