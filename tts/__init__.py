"""Words in, audio out: normalisation, stress, synthesizers, prompt cache."""
