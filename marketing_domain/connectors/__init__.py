"""A module per outside system: speaks its client library, yields pulls.

Belongs here: request shape, paging, what the platform's error codes mean. Does not: Dagster,
currency conversion, time zones, anything that makes two platforms look alike.
"""
