"""What keeps the daily run from succeeding, found before it runs.

Belongs here: looking at settings, sources, machine and memory, and saying what to mend. Does not:
mending, or anything that writes; the rules by which data is judged (governance).
"""
