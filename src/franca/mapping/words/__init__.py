"""The vocabulary of mappings: each word builds one node; `docs/reference/words.md` defines them."""
