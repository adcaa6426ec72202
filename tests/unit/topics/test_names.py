"""What topics and consumer groups are called."""

from franca.topics import names


def test_names_follow_from_what_they_stand_for() -> None:
    """Rights are given by these names."""
    assert names.raw_topic("crm", "cust") == "raw.crm.cust"
    assert names.dead_letter_topic("crm") == "crm.dead-letters"
    assert names.consumer_group("crm.on-ramp") == "franca.crm.on-ramp"
    assert names.lineage("crm", "cust") == "crm/cust"
