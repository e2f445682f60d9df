"""Federated governance and the paved road that makes keeping it easy.

Belongs here: rules that hold in every domain, and what every domain needs to keep them.
Does not: any one platform's terms, any one domain's products.
"""
