"""Understanding: from words to intent and entities."""
