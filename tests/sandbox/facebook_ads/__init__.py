"""Meta's Marketing API: the Graph over HTTP."""
