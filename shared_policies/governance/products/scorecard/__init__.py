"""The product governance/scorecard: how well every product kept its promises, day by day.

Belongs here: its contract, its rows, its asset. Does not: judging (policies), the ledger.
"""
