"""Salesforce over REST and Bulk 2: its records, its queries, its refusals."""
