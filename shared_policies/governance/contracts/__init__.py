"""Data contracts: their form, how they are read, and what is generated from them.

Belongs here: the model of a contract. Does not: the domains' own contracts, which stand beside
their products.
"""
