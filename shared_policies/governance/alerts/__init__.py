"""Whom to tell that a promise is broken, and when it is mended.

Belongs here: incidents, their text, how they are sent, the sensor that looks at the clock. Does
not: what is promised (contracts), measured (service_levels) or judged (policies).
"""
