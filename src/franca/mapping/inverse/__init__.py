"""The inverse target: from an entity's fields back to the columns of a row, column by column."""
