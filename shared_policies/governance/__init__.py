"""The rules: what a domain must promise, and what keeps a broken promise from being published.

Belongs here: contracts, policies, the audit, `govern()`. Does not: how data is moved (platform/).
"""
