"""A stand-in for every outside system, speaking their real protocols over one made-up world.

Belongs here: the world (the truth) and, per platform, its wire, its rules and its refusals.
Does not: anything of the project's packages; tables and constants are written from the
platforms' own documentation, so that an error here and an error there do not agree.
"""
