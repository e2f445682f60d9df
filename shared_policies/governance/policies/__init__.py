"""Policies: pure functions from facts to a verdict, a module per family.

Belongs here: rules. Does not: how facts are found (audit).
"""
