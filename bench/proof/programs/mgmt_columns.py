"""TPC-DI's customer management: the columns of its tables, and of the entities made of them."""

CUSTOMER = {
    "customer_id": "c_id",
    "tax_id": "c_tax_id",
    "gender": "c_gndr",
    "tier": "c_tier",
    "birth_date": "c_dob",
    "last_name": "c_l_name",
    "first_name": "c_f_name",
    "middle_initial": "c_m_name",
    "address": "c_adline1",
    "postal_code": "c_zipcode",
    "city": "c_city",
    "country": "c_ctry",
    "email": "c_prim_email",
}
ACCOUNT = {
    "account_id": "ca_id",
    "customer_id": "ca_c_id",
    "broker_id": "ca_b_id",
    "name": "ca_name",
    "tax_status": "ca_tax_st",
}
ENTITIES = {"customer": CUSTOMER, "account": ACCOUNT}
"""Each entity's fields, and the columns that they come from; the first is the key."""

NUMBERS = {"customer_id", "tier", "account_id", "broker_id", "tax_status"}
DATES = {"birth_date"}
"""Days since 1970 in the messages."""
