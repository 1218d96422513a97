"""The language of flows: what editors may write in `nlu_data/flows/`, read, checked, compiled."""
