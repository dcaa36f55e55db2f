"""Cases in the back office."""
