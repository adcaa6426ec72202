"""The proof: what a stream costs beside the batch that it replaces, and beside other streams."""
