"""Calls that take CORS settings, under every name that they are known by."""

import functools

import crossorigin
import fastapi.middleware.cors
import socketio
from asgi_cors import asgi_cors
from crossorigin import Policy as P
from crossorigin import install
from fastapi.middleware.cors import CORSMiddleware as C
from flask_cors import CORS, cross_origin
from quart_cors import cors
from starlette.middleware import Middleware

from .nowhere import MyCORSMiddleware
from .somewhere_cors import OtherCORSMiddleware

STAR = ["*"]  #: star-with-credentials
app.add_middleware(C, allow_origins=STAR, allow_credentials=True)
app.add_middleware(fastapi.middleware.cors.CORSMiddleware, allow_origins="https://app.example.com")  #: not-a-list
app.add_middleware(middleware_class=C, allow_origin=["https://app.example.com"])  #: unknown-keyword
app.add_middleware(C)  #: empty-policy
app.add_middleware(C, ["https://app.example.com/x"])  #: origin-path
application = C(app, allow_origins=["null"])  #: lists-null
layers = [Middleware(C, allow_origin_regex=r"https://.*example\.com")]  #: regex-look-alike
prepared = functools.partial(C, allow_origins=["*"])  #: star-in-production star-with-credentials
app.add_middleware(prepared, allow_credentials=True)
fields = {"allow_origins": ["app.example.com"]}  #: origin-scheme
app.add_middleware(C, **fields)
app.add_middleware(C, **{**fields, "allow_origins": ["https://app.example.com"]})
app.add_middleware(C, **settings.cors)  #: **
starred = ["*", settings.FRONT_END]  #: star-with-credentials allow_origins
app.add_middleware(C, allow_origins=starred, allow_credentials=True)


class Sub(C):
    def __init__(self, app):
        super().__init__(app, allow_origins=["*"], allow_credentials=True)  #: star-with-credentials


class Old(C):
    def __init__(self, app):
        C.__init__(self, app, allow_origins=["https://app.example.com?"])  #: origin-query


class OfOurs(crossorigin.CORSMiddleware):
    def __init__(self, app):
        super().__init__(app, allow_origins=["*"], allow_credentials=True)  #: star-with-credentials


class OldOfOurs(crossorigin.CORSMiddleware):
    def __init__(self, app):
        crossorigin.CORSMiddleware.__init__(self, app, ["https://app.example.com/x"])  #: origin-path


class OfAnother(settings.Base):
    def __init__(self, app):
        super().__init__(app, allow_origins=["*"], allow_credentials=True)


class Decides(C):  #: unread-code
    def is_allowed_origin(self, origin):
        return True


class Plain(C):
    """Nothing of its own."""


app.add_middleware(Sub)
app.add_middleware(Decides, allow_origins=["*"])
app.add_middleware(Plain, allow_methods=["put"], allow_origins=["https://app.example.com"])  #: no-effect

install(app, P(allow_origins=["https://app.example.com/login"]))  #: origin-path
install(app, crossorigin.Policy.public(allow_credentials=True))  #: star-with-credentials
install(app, P.load())  #: policy
app.add_middleware(crossorigin.CORSMiddleware, allow_origins=["https://github.io"], allow_credentials=True)
app.add_middleware(crossorigin.CORSMiddleware, policy=P.closed())
app.add_middleware(crossorigin.CORSMiddleware, policy=settings.POLICY)  #: policy
app.add_middleware(crossorigin.CORSMiddleware, ["https://app.example.com?"])  #: origin-query
app.add_middleware(C, *settings.arguments)  #: **
P.public(nonsense=1)  #: unknown-keyword
P.closed(nonsense=1)

CORS(app)  #: sends-star
CORS(app, supports_credentials=True)  #: accepts-any-origin
CORS(app, resources={r"/api/*": {"origins": [r"https://.*\.example\.com"]}, "/other": {}})  #: accepts-prefix sends-star
CORS(app, origins=["https://app.example.com/"], supports_credentials=settings.X)  #: no-effect supports_credentials
CORS(app, origins=functools.partial(settings.origins, "production"))  #: origins
CORS(app, origins=[r"https://(?=a)[a-z]+\.example\.com"])  #: unread-part


@cross_origin(origins=settings.FRONT_END)  #: origins
def view(): ...


cors(app, allow_origin="*", allow_credentials=True)  #: no-effect
asgi_cors(app, allow_all=True)  #: unread-code
app.add_middleware(MyCORSMiddleware)  #: unread-code
app.add_middleware(OtherCORSMiddleware)
app.add_middleware()

socketio.AsyncServer(async_mode="asgi", cors_allowed_origins="*")  #: accepts-any-origin
socketio.AsyncServer(cors_allowed_origins=[])  #: accepts-any-origin
socketio.AsyncServer(cors_credentials=True)
socketio.AsyncServer(cors_allowed_origins=None)
socketio.Server(cors_allowed_origins="*", cors_credentials=False)  #: sends-star
socketio.Server(cors_allowed_origins=settings.ORIGINS)  #: cors_allowed_origins
socketio.Server(cors_allowed_origins=["https://app.example.com/x"])  #: origin-path
