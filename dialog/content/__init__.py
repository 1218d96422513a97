"""Reading what editors own (`nlu_data/`), with findings that they can act on."""
