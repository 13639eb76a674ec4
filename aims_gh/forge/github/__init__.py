"""The forge that is GitHub: REST for what GitHub keeps, git where there is one for the files."""
