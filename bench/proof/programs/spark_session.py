"""Spark as Delta's documentation sets it up."""

from pyspark.sql import SparkSession


def session() -> SparkSession:
    """Return a session with Delta and instants in UTC."""
    builder = (
        SparkSession.builder.appName("proof")
        .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
        .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
        .config("spark.sql.session.timeZone", "UTC")
    )
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("WARN")
    return spark
