"""What the bank's codes mean, and the version of the mapping, as long as franca's."""

GENDER = {"M": "Male", "F": "Female", "N": "Nonbinary"}
MARITAL = {"M": "Married", "S": "Single"}
STATUS = {"N": "New", "A": "Active", "C": "Closed"}
HASH = "0123456789abcdef"
