"""Tests, mirroring the code; the sandbox that stands in for every outside system; scenarios."""
