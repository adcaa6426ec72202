"""What deletion vectors need beside the merge, in Spark: `spark_vectors.py on|copy FOLDER [TARGET]`.

`on` has two Delta tables keep them from here on; `copy` writes their rows as plain Parquet files, for readers
that know no deletion vectors. Neither is measured.
"""

import sys

from bench.proof.programs.bank_columns import FIELDS
from bench.proof.programs.spark_session import session


def main(what: str, folder: str, target: str = "") -> None:
    spark = session()
    for name in FIELDS:
        if what == "on":
            setting = "'delta.enableDeletionVectors' = true"
            spark.sql(f"ALTER TABLE delta.`{folder}/{name}` SET TBLPROPERTIES ({setting})")
        else:
            spark.read.format("delta").load(f"{folder}/{name}").write.parquet(f"{target}/{name}")
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
