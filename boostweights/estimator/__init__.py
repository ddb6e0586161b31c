"""The classifier that trains another one with class weights."""
