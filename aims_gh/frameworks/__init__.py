"""One module per library whose models can be submitted."""
