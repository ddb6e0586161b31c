"""What to start from, by the labels and by what the model is for."""
