"""The demo: every CORS rule of the tutorial, live, between a front end and an API on this machine.

Here belong the API (`api`), its policies (`policies`), the front ends (`front`), what serves them (`run`)
and the page itself (`page/`, plain HTML, CSS and JavaScript). Nothing in the package imports it but `cli`.
"""
