"""A folder per data product: its contract and its asset. The SQL is in dbt_project/."""
