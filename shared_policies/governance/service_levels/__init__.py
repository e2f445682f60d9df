"""Service levels on the clock: what was promised by when, what came, and what may still be missed.

Belongs here: measuring, error budgets, which promises cannot be kept, how Dagster shows it. Does
not: what a contract may promise (contracts), whom to tell (alerts).
"""
