"""The fidelity campaign: the simulator against real browsers, scenario by scenario.

`scenario` is what is played, `generate` draws it, `server` answers it, `chromium` and `firefox`
play it in the browser, `simulate` plays it in the simulator, `compare` says where the two differ,
`campaign` runs all of it. Nothing here belongs to the package that users install.
"""
