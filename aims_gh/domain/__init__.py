"""The nouns: one record per kind of file."""
