"""One folder per library whose models can be submitted; each is imported when it is met."""
