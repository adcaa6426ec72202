"""One file per kind of view: each derives its views from the model, as trees of SQL."""
