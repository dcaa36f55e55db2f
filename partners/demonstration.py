"""What the demonstration's invented staff sign in with. Only ever on a database that may hold invented people."""

EMAIL_DOMAIN = "@throughcare.example"
DEMONSTRATION_PASSWORD = "everyone here is invented"
