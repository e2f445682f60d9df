"""Surveys: an institute that drops files, and Qualtrics."""
