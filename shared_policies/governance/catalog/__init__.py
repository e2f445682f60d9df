"""The catalog: one static page and one JSON file in which every product of the mesh is found.

Belongs here: what is shown of a product, and how. Does not: judging or promising anything.
"""
