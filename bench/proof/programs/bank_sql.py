"""The bank's mapping in SQL, for DuckDB and for Spark; nothing but text."""

HASH = "0123456789abcdef"
COLUMNS = (
    "cust_num",
    "status",
    "fname",
    "lname",
    "mnames",
    "form",
    "sex",
    "maritalstatus",
    "branch",
)
"""The columns of `cust` that the mapping needs."""

SEQUENCE = "'0001.lsn.' || lpad(CAST(lsn AS {text}), 20, '0') || '.000'"

INDIVIDUAL = """'CUST' || cust_num AS id,
    concat_ws(' ', form, fname, mnames, lname) AS name,
    fname AS first_name,
    lname AS last_name,
    mnames AS middle_names,
    form AS prefix,
    CASE sex WHEN 'M' THEN 'Male' WHEN 'F' THEN 'Female' WHEN 'N' THEN 'Nonbinary' END AS gender,
    CASE maritalstatus WHEN 'M' THEN 'Married' WHEN 'S' THEN 'Single' END AS marital_status,
    branch"""

CUSTOMER = """cust_num AS customer_number,
    CASE status WHEN 'N' THEN 'New' WHEN 'A' THEN 'Active' WHEN 'C' THEN 'Closed' END AS status,
    'CUST' || cust_num AS party_id,
    'Individual' AS party_type"""


def envelope(entity: str, subject: str, text: str, moment: str) -> str:
    """Return the envelope's columns; `text` is the dialect's type, `moment` its instant of `ts_ms`."""
    return f"""'raw.crm.cust/' || CAST(lsn AS {text}) || '/{entity}/c' AS _event_id,
    'crm/cust' AS _source,
    '{entity}.changed' AS _type,
    {subject} AS _subject,
    {moment} AS _changed_at,
    {SEQUENCE.format(text=text)} AS _sequence,
    'crm' AS _origin,
    CAST(1 AS BIGINT) AS _mapping,
    '{HASH}' AS _mapping_hash,
    '{entity}/1' AS _schema"""


def tables(text: str, moment: str) -> dict[str, str]:
    """Return a SELECT without FROM for each table, over rows of `cust` with `lsn` and `ts_ms`."""
    individual = envelope("individual", "'CUST' || cust_num", text, moment)
    customer = envelope("customer", "cust_num", text, moment)
    return {
        "individual": f"SELECT {individual},\n    {INDIVIDUAL}",
        "customer": f"SELECT {customer},\n    {CUSTOMER}",
    }


def duckdb_tables() -> dict[str, str]:
    """Return them for DuckDB."""
    return tables("VARCHAR", "make_timestamptz(ts_ms * 1000)")


def spark_tables() -> dict[str, str]:
    """Return them for Spark."""
    return tables("STRING", "timestamp_millis(ts_ms)")


def staged(file: str) -> str:
    """Return DuckDB's query of a file of changes: the row after each, and where it stands in the log."""
    return f"""SELECT unnest("after"), source.lsn AS lsn, source.ts_ms AS ts_ms FROM read_json('{file}',
        format = 'newline_delimited',
        columns = {{"after": 'STRUCT({", ".join(f"{name} VARCHAR" for name in COLUMNS)})',
                   source: 'STRUCT(lsn BIGINT, ts_ms BIGINT)'}})"""


def spark_row() -> str:
    """Return what Spark needs to know of a message, as DDL."""
    row = ", ".join(f"{name}: STRING" for name in COLUMNS)
    return f"after STRUCT<{row}>, source STRUCT<lsn: BIGINT, ts_ms: BIGINT>"


def flink_tables() -> dict[str, str]:
    """Return the tables for Flink."""
    return tables("STRING", "TO_TIMESTAMP_LTZ(ts_ms, 3)")
