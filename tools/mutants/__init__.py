"""`make mutants`: what the tests say when one thing in the code that decides is changed, by mutmut."""
