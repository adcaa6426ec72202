"""What the contestants are called on the page."""

TITLES = {
    "franca": "franca",
    "franca+compaction": "franca, small files put together",
    "franca+store": "franca, with the store",
    "franca-minute": "franca, rows a minute old",
    "franca-calm": "franca, topics 4 times a second",
    "python": "Python batch",
    "duckdb": "DuckDB batch",
    "dlt": "dlt",
    "dlt-arrow": "dlt, given Arrow tables",
    "spark": "Spark batch",
    "spark-merge": "Spark MERGE",
    "spark-merge-dv": "Spark MERGE, with deletion vectors",
    "deltalake-merge": "deltalake merge",
    "duckdb-rewrite": "DuckDB rewrite",
    "spark-stream": "Spark Structured Streaming",
    "flink": "Flink SQL",
    "quix": "Quix Streams",
    "bytewax": "Bytewax",
    "pathway": "Pathway",
}

STREAMS = (
    "franca",
    "franca+compaction",
    "franca+store",
    "franca-calm",
    "franca-minute",
    "spark-stream",
    "flink",
    "quix",
    "bytewax",
    "pathway",
)


def title(name: str) -> str:
    """Return what a contestant is called: a batch of one's own by its name."""
    return TITLES.get(name, name)
