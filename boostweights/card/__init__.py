"""The weighting card: which class weights a model is trained with, why, and on what data; as a text file."""
