"""What the service takes and sends: the API's document is made from these."""
