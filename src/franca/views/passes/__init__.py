"""One file per rewriting of a view's tree, on its way from the plan to the SQL of one dialect."""
