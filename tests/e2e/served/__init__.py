"""The examples of frameworks, served: real servers as processes, and what a test adds to each example.

A module beside this one named as a framework is the example of that framework, with five routes and a lifespan more.
"""
