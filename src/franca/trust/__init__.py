"""What lets one believe the numbers: digests of whole tables, and their comparison."""
