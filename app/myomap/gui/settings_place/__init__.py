"""What the practice and this window set for themselves."""
