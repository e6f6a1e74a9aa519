"""A class that another file imports; this file is read when it is its turn."""


class OtherCORSMiddleware: ...
