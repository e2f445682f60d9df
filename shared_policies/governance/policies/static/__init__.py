"""Policies that judge a code location before it may load, all of them at once.

Belongs here: rules over contracts, assets and declarations. Does not: rules over rows.
"""
