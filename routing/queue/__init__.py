"""The operator queue: who takes which call, and a record of how every call ended."""
