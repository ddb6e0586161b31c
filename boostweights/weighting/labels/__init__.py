"""Class labels: any 1-d column of them → classes, counts and one value a row."""
