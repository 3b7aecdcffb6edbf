"""Takes packages into the store. Nothing in them is believed: bytes are counted and digested as they come."""
