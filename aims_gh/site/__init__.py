"""The website of a course."""
