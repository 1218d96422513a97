"""HTTP: the routing layer's API and the service's health."""
