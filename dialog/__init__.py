"""One turn of conversation, without audio, clock or database."""
