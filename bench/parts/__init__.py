"""What is measured: one file a part, each a function from a stage and a plan to rows of the table."""
