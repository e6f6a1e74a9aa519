// The cards: one row for each rule, its attempts, and the field of the policy that decides each.
//
// An attempt is what one button does: `calls` in order, `decides` the field, `expect` the verdict to come.
// `reads` names a response header that the script asks for; `stable` keeps one URL so that a preflight can be
// remembered; `from` says which front end calls. The policies are not here: the API sends what it really enforces.

const get = (path, init) => ({ path, init });
const put = (path, init) => ({ path, init: { method: "PUT", ...init } });
const json = { method: "POST", headers: { "Content-Type": "application/json" }, body: '{"name":"Tea"}' };
const text = { method: "POST", headers: { "Content-Type": "text/plain" }, body: '{"name":"Tea"}' };
const withCookies = { credentials: "include" };
const login = (api) => ({ path: `/${api}/login`, init: { method: "POST", ...withCookies } });
const thrice = (call) => [call, call, call];

export const CARDS = [
  {
    number: 2,
    id: "simple",
    title: "A simple GET",
    lead: "Nothing unusual about it, so the browser sends it at once and asks nothing first. Only when the answer is back does it compare `Access-Control-Allow-Origin` with the page's origin.",
    learn: "The check comes after the fact. A policy decides who may read an answer, never who may send a simple request.",
    attempts: [
      { id: "get", label: "GET", api: "plain", calls: [get("/plain/items")], decides: "allow_origins", expect: "allowed" },
    ],
  },
  {
    number: 3,
    id: "json",
    title: "A POST with JSON",
    lead: "`application/json` is none of the three content types that a form could always send, so the browser asks first: an OPTIONS request, the preflight. The same bytes as `text/plain` go without one.",
    learn: "The preflight asks about the header `content-type`, not about POST: that method never needs permission. And an API that reads JSON whatever its label can be written to without any preflight at all.",
    attempts: [
      { id: "json", label: "POST as JSON", api: "plain", calls: [get("/plain/items", json)], decides: "allow_origins", expect: "allowed" },
      { id: "text", label: "POST as text/plain", api: "plain", calls: [get("/plain/items", text)], decides: "allow_origins", expect: "allowed" },
    ],
  },
  {
    number: 4,
    id: "methods",
    title: "PUT, DELETE, and a PATCH that is not listed",
    lead: "Every method but GET, HEAD and POST is asked for in a preflight. This policy lists PUT and DELETE; nobody thought of PATCH.",
    learn: "The refused preflight is answered 204 with the truth, not with an error: only so can the console name the method that is missing. It is the browser that stops; PATCH is never sent.",
    attempts: [
      { id: "put", label: "PUT", api: "methods", calls: [put("/methods/items/1")], decides: "allow_methods", expect: "allowed" },
      { id: "delete", label: "DELETE", api: "methods", calls: [get("/methods/items/1", { method: "DELETE" })], decides: "allow_methods", expect: "allowed" },
      { id: "patch", label: "PATCH", api: "methods", calls: [get("/methods/items/1", { method: "PATCH" })], decides: "allow_methods", expect: "blocked" },
    ],
  },
  {
    number: 5,
    id: "headers",
    title: "A custom request header",
    lead: "A header that no form could set turns even a GET into a question. The preflight lists such names in lower case, sorted; the policy answers with the names that it allows.",
    learn: "Four names are always in the answer: `accept`, `accept-language`, `content-language` and `content-type`.",
    attempts: [
      { id: "listed", label: "X-Request-ID", api: "headers", calls: [get("/headers/items", { headers: { "X-Request-ID": "42" } })], decides: "allow_headers", expect: "allowed" },
      { id: "unlisted", label: "X-Debug", api: "headers", calls: [get("/headers/items", { headers: { "X-Debug": "1" } })], decides: "allow_headers", expect: "blocked" },
    ],
  },
  {
    number: 6,
    id: "authorization",
    title: "Authorization",
    lead: "A bearer token is a header like any other: it needs a place in `allow_headers`, and it does not need `allow_credentials`.",
    learn: "What a script writes itself is no “credential” to CORS; credentials are what the browser adds: cookies, HTTP logins, client certificates.",
    attempts: [
      { id: "listed", label: "Authorization listed", api: "bearer", calls: [get("/bearer/me", { headers: { Authorization: "Bearer s3cret" } })], decides: "allow_headers", expect: "allowed" },
      { id: "unlisted", label: "Not listed", api: "plain", calls: [get("/plain/me", { headers: { Authorization: "Bearer s3cret" } })], decides: "allow_headers", expect: "blocked" },
    ],
  },
  {
    number: 7,
    id: "cookies",
    title: "Cookies, and allow_credentials",
    lead: "The page logs in, then asks who it is. Cookies go along only where the script says `credentials: \"include\"`, and the answer can be read only where the policy says `allow_credentials=True`.",
    learn: "Look at the second attempt: the cookie was sent and the endpoint ran. What `allow_credentials` guards is the reading. A preflight never carries cookies, so a login check must not stand before CORS. Two ports of localhost are cross-origin but same-site, which is why a `SameSite=Lax` cookie goes at all.",
    attempts: [
      { id: "with", label: "With allow_credentials", api: "cookies", calls: [login("cookies"), get("/cookies/me", withCookies)], decides: "allow_credentials", expect: "allowed" },
      { id: "without", label: "Without", api: "plain", calls: [login("plain"), get("/plain/me", withCookies)], decides: "allow_credentials", expect: "blocked" },
      { id: "preflight", label: "A preflight has none", api: "cookies", calls: [login("cookies"), get("/cookies/items", { ...json, ...withCookies })], decides: "allow_credentials", expect: "allowed" },
      { id: "omitted", label: "No credentials asked for", api: "plain", calls: [get("/plain/me")], decides: "allow_credentials", expect: "allowed" },
    ],
  },
  {
    number: 8,
    id: "expose",
    title: "A response header, and expose_headers",
    lead: "Both answers carry `X-Total-Count: 2`, and you can see it in the browser's network panel. A script sees it only where the policy exposes it.",
    learn: "Seven response headers can always be read, among them `Content-Type`, `Content-Length` and `Cache-Control`. `Set-Cookie` never can.",
    attempts: [
      { id: "exposed", label: "With expose_headers", api: "exposed", calls: [get("/exposed/items")], reads: "X-Total-Count", decides: "expose_headers", expect: "allowed" },
      { id: "hidden", label: "Without", api: "plain", calls: [get("/plain/items")], reads: "X-Total-Count", decides: "expose_headers", expect: "allowed" },
    ],
  },
  {
    number: 9,
    id: "max-age",
    title: "Preflights remembered: max_age",
    lead: "Each press sends three PUTs to one URL. The API counts the preflights that really arrive. Press again: with 600 seconds to remember, the count stays at one.",
    learn: "The memory is kept for each URL, origin and credentials mode, and browsers cap it: WebKit at 600 seconds, Chromium at 7200, Firefox at 86400. A policy's -1 is sent as 0.",
    attempts: [
      { id: "cached", label: "3 × PUT, max_age=600", api: "cached", calls: thrice(put("/cached/items/1")), stable: "cached", compact: true, decides: "max_age", expect: "allowed" },
      { id: "uncached", label: "3 × PUT, max_age=-1", api: "uncached", calls: thrice(put("/uncached/items/1")), stable: "uncached", compact: true, decides: "max_age", expect: "allowed" },
    ],
  },
  {
    number: 10,
    id: "denied",
    title: "An origin that is not listed",
    lead: "The same calls, made by a page of another port. It sits in the frame below, it is a real second origin, and no policy lists it.",
    learn: "A denied simple request still reached the server, and the server did run it; only the answer is withheld. CORS is no access control, and no protection against forged requests.",
    frame: true,
    attempts: [
      { id: "front", label: "GET from this page", api: "plain", calls: [get("/plain/items")], decides: "allow_origins", expect: "allowed" },
      { id: "other", label: "GET from the frame", from: "other", api: "plain", calls: [get("/plain/items")], decides: "allow_origins", expect: "blocked" },
      { id: "put", label: "PUT from the frame", from: "other", api: "methods", calls: [put("/methods/items/1")], decides: "allow_origins", expect: "blocked" },
    ],
  },
  {
    number: 11,
    id: "crash",
    title: "A crash that still shows its status",
    lead: "The endpoint raises an exception. With `crossorigin` the 500 carries its CORS headers, so the script reads 500. With Starlette's middleware the 500 is made outside of it, and the browser reports a CORS error that is none.",
    learn: "A “CORS error” in the console is often a crash in disguise. Here the status is the same on the wire; one header makes the difference.",
    attempts: [
      { id: "ours", label: "With crossorigin", api: "plain", calls: [get("/plain/crash")], decides: "allow_origins", expect: "allowed" },
      { id: "starlette", label: "With Starlette's middleware", api: "starlette", calls: [get("/starlette/crash")], decides: "middleware", expect: "blocked" },
    ],
  },
  {
    number: 12,
    id: "wildcard",
    title: "The wildcard against credentials",
    lead: "`*` means everybody, and to everybody a browser hands out nothing that a login protects. So `Access-Control-Allow-Origin: *` is refused as soon as the script asks with credentials.",
    learn: "Starlette's middleware accepts both settings together, and mirrors whatever origin asks with a cookie: in the last attempt, a frame that nobody named reads who is logged in.",
    refusal: true,
    attempts: [
      { id: "without", label: "* without credentials", api: "public", calls: [get("/public/items")], decides: "allow_origins", expect: "allowed" },
      { id: "with", label: "* with credentials", api: "public", calls: [get("/public/items", withCookies)], decides: "allow_origins", expect: "blocked" },
      { id: "starlette", label: "Both, in Starlette, from the frame", from: "other", api: "starlette-star", calls: [login("starlette-star"), get("/starlette-star/me", withCookies)], decides: "allow_credentials", expect: "allowed", danger: true },
    ],
  },
];
