"""Random expressions of the subset, and random origins, for the property tests."""

from __future__ import annotations

from hypothesis import strategies as st

from crossorigin.standards.origin import split_serialised

_CHARACTERS = ["a", "b", "e", "-", "1", "2", r"\.", ".", r"\d", r"\w", r"\W", r"\D", r"\-", r"\x61", "_"]
_CLASSES = ["[ab]", "[a-z]", "[^a]", "[a-z0-9-]", "[^.]", "[^/]", r"[\w.-]", "[]a]", "[A-Z]", "[.]", "[0-9]", "[^\\d.]"]
_QUANTIFIERS = ["*", "+", "?", "{2}", "{1,3}", "{,2}", "{1,}", "*?", "+?", "??", "{0,2}?"]
_WORDS = ["example", "com", "a1", "co\\.uk", "www"]


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    sequences = st.lists(inner, min_size=2, max_size=3).map("".join)
    choices = st.lists(inner, min_size=2, max_size=3).map(lambda branches: f"({'|'.join(branches)})")
    repeated = st.tuples(inner, st.sampled_from(_QUANTIFIERS)).map(lambda parts: f"(?:{parts[0]}){parts[1]}")
    ignoring_case = inner.map(lambda part: f"(?i:{part})")
    named = inner.map(lambda part: f"({part})")
    return st.one_of(sequences, choices, repeated, ignoring_case, named)


PARTS = st.recursive(st.sampled_from(_CHARACTERS + _CLASSES + _WORDS), _grown, max_leaves=6)
_SCHEMES = st.sampled_from(
    ["https://", "http://", "https?://", "(http|https)://", "[a-z]+://", "", ".*", "(?i:HTTPS)://"]
)
_PORTS = st.sampled_from(["", r"(:\d+)?", ":8080", "(?::[0-9]{1,5})?", r":\d{2,4}", ".*"])
_ENDS = st.sampled_from([("", ""), ("^", "$"), (r"\A", r"\Z"), ("(?i)", ""), ("(?s)^", "$")])


@st.composite
def expressions(draw: st.DrawFn) -> str:
    """An expression that is more or less about origins."""
    opening, closing = draw(_ENDS)
    return opening + draw(_SCHEMES) + draw(PARTS) + draw(_PORTS) + closing


_LABELS = st.one_of(
    st.sampled_from(
        ["example", "com", "a", "b", "a1", "www", "127", "0", "255", "256", "0x1", "a-b", "co", "uk", "_x"]
    ),
    st.text("abe12-", min_size=1, max_size=4),
)


@st.composite
def near_origins(draw: st.DrawFn) -> str:
    """Something written like an origin; a browser need not send it."""
    scheme = draw(st.sampled_from(["https", "http", "wss", "app", "moz-extension", "data", "1x", ""]))
    host = ".".join(draw(st.lists(_LABELS, min_size=1, max_size=4))) + draw(st.sampled_from(["", "", "", "."]))
    port = draw(
        st.sampled_from(["", "", ":80", ":443", ":8080", ":65535", ":65536", ":0", ":01", ":44", ":4430", ":6553"])
    )
    return f"{scheme}://{host}{port}"


ORIGINS = near_origins().filter(lambda origin: split_serialised(origin.encode()) is not None)
