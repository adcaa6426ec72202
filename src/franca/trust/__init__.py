"""What lets one believe the numbers: digests of whole tables, and the queries of data tests."""
