"""Audio in, words out: voice activity detection, endpointing, recognizers."""
