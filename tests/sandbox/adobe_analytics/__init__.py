"""Adobe Analytics 2.0 over HTTP: its tokens, report suites, reports, refusals."""
