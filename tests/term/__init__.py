"""A term: a course full of people who submit, come late, team up and are found out.

What must come of it is worked out a second time, with pandas and from what was done alone.
`python tests/term --github --students 120 --submissions 2000` runs one of full size.
"""
