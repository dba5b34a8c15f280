"""Questions made from the atlas, decks and spaced repetition. No Qt, no SQL."""
