"""What the demonstration needs to be signed in to."""

PASSWORD = "demonstration only, 2026"
