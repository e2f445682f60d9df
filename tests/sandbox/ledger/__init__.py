"""The company's books in SQL: what a shop's orders and the ad platforms' invoices end up in."""
