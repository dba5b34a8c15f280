"""Drawing where it hurts on the maps: tools, ink, read-back."""
