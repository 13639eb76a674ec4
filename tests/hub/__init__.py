"""A Hugging Face Hub on loopback, and what is tried on it."""
