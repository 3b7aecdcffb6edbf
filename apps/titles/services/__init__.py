"""The only writers of publishers, titles, lists and imports."""
