"""Mainframe records: COBOL copybooks, the numbers they declare, and how files cut their records."""
