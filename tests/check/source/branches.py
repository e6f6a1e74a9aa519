"""Values that hang on conditions: each branch is judged by itself."""

import json
import os
import re
from typing import cast

from fastapi.middleware.cors import CORSMiddleware
from starlette.config import Config

HOST = "example.com"
BASE = [f"https://app.{HOST}"]
MORE = BASE + [f"https://{name}.{HOST}/" for name in ("a", "b")]  #: no-effect no-effect

if settings.DEBUG:
    origins, credentials = ["*"], False  #: star-in-production
else:
    origins, credentials = settings.ORIGINS, True  #: allow_origins
app.add_middleware(CORSMiddleware, allow_origins=origins, allow_credentials=credentials)
app.add_middleware(CORSMiddleware, allow_origins=MORE)

from_environment = os.environ.get("CORS_ORIGINS", "*").split(",")  #: star-with-credentials allow_origins
app.add_middleware(CORSMiddleware, allow_origins=from_environment, allow_credentials=True)

listed = json.loads(os.getenv("LISTED", '["https://app.example.com/x"]'))  #: origin-path allow_origins
app.add_middleware(CORSMiddleware, allow_origins=listed)

wide = ["*"] if settings.DEBUG else BASE  #: star-in-production
app.add_middleware(CORSMiddleware, allow_origins=wide, allow_credentials="*" not in wide)

grown = []
grown.append("https://x.example.com")
grown += ["https://y.example.com"]
grown.extend(["https://z.example.com?q"])  #: origin-query
for name in ["m", "n"]:
    grown.append("https://" + name + "/")  #: no-effect no-effect
app.add_middleware(CORSMiddleware, allow_origins=grown)

config = {"allow_credentials": True}
config["allow_origins"] = ["https://app.example.com"]
config.update(allow_methods=["GET"], max_age=settings.AGE)  #: max_age
config.setdefault("max_age", 99999)
if settings.DEBUG:
    config["allow_origin_regex"] = r"http://localhost(:\d+)?"
app.add_middleware(CORSMiddleware, **config)


def origins_of(debug):
    if debug:
        return ["*"]  #: star-with-credentials
    return BASE


app.add_middleware(CORSMiddleware, allow_origins=origins_of(True), allow_credentials=True)
app.add_middleware(CORSMiddleware, allow_origins=origins_of(debug=False), allow_credentials=True)


def setup(app, allowed, credentials=True):
    app.add_middleware(
        CORSMiddleware,
        allow_origins=allowed,  #: allow_origins
        allow_credentials=credentials,  #: allow_credentials
    )


setup(app, ["*"])  #: star-with-credentials


class Defaults:
    ORIGINS = ["https://app.example.com/x"]  #: origin-path


app.add_middleware(CORSMiddleware, allow_origins=Defaults.ORIGINS)

PATTERN = re.compile(r"https://app.example\.com")  #: regex-dot
app.add_middleware(CORSMiddleware, allow_origin_regex=PATTERN)

try:
    from local_settings import ORIGINS
except ImportError:
    ORIGINS = ["https://app.example.com"]
app.add_middleware(CORSMiddleware, allow_origins=cast(list[str], ORIGINS))  #: allow_origins

chosen = settings.ORIGINS or ["*"]  #: star-in-production allow_origins
app.add_middleware(CORSMiddleware, allow_origins=chosen)

if not settings.ORIGINS:
    nobody = []
else:
    nobody = settings.ORIGINS  #: allow_origins
app.add_middleware(CORSMiddleware, allow_origins=nobody)

env = Config(".env")
app.add_middleware(CORSMiddleware, allow_origins=env("CORS_ORIGINS", cast=list))  #: allow_origins
