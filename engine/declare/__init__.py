"""What modules declare: types, columns, inputs, rows; and the catalogue, which reads it once."""
