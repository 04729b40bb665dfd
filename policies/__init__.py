"""Who may do what: data first, decided by Casbin, read by lawyers. Knows no service, no table."""
