"""Users' tables read, features and labels checked, and results as data frames or text."""
