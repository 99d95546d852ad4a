"""Words and platforms: the top floor."""
