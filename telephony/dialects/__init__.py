"""What different peers say over a WebSocket; one file for each dialect."""
