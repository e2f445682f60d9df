"""What the platforms' numbers mean, as data, and how far two of them may be compared.

Belongs here: definitions, settings applied to them, verdicts; plain values. Does not: any pull,
any table, any Dagster object.
"""
