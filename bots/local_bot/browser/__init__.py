"""The chat in a browser on the same computer: one page a person, beside the one in the terminal."""
