"""Self-serve: working, governed, tested skeletons of a domain, a source and a product.

Belongs here: names, templates, where a new domain is registered. Does not: anything that a
skeleton does once it is written; the templates hold as little as they can.
"""
