"""Tables from DDL: statements told apart, their tokens by sqlglot, and a reader of tables."""
