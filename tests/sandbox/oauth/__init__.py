"""Google's token endpoint."""
