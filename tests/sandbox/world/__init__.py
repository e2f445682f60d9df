"""The truth: accounts, what was shown and clicked, and who ordered because of it."""
