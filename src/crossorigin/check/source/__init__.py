"""Python source, read and never imported: the CORS settings and the CORS headers that stand in it.

A file is run on paper (`statements`, `expressions`): literals keep their value, each branch is followed by itself, and
what the program decides when it runs stays unknown. `settings` judges the calls that take CORS settings, `headers`
what a program sends by hand. Nothing of the file is executed.
"""
