"""Google Ads over gRPC: its query language, its rules of attribution, its refusals."""
