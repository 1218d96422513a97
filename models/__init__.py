"""The catalogue of speech and language models, fetching and checking them, and where they run."""
