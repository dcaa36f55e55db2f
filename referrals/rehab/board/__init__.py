"""The rehab board: which places of which units are free, taken or out of use, day by day."""
