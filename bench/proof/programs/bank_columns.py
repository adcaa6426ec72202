"""The columns of the bank's two entities."""

INDIVIDUAL = (
    "id",
    "name",
    "first_name",
    "last_name",
    "middle_names",
    "prefix",
    "gender",
    "marital_status",
    "branch",
)
CUSTOMER = ("customer_number", "status", "party_id", "party_type")
FIELDS = {"individual": INDIVIDUAL, "customer": CUSTOMER}
