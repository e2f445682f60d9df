"""Google Analytics 4 over gRPC: its reports, its admin settings, its refusals."""
