"""Tables as their source has them: a database, DDL, a copybook or messages; written, and compared."""
