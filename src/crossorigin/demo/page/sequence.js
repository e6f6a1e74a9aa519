// The exchange as a drawing: page → browser → server and back, one row for each message.

import { aside, el, mark } from "./dom.js";

const NAMES = {
  origin: "Origin", authorization: "Authorization", vary: "Vary",
  "x-request-id": "X-Request-ID", "x-debug": "X-Debug", "x-total-count": "X-Total-Count",
};
const STATUS = { 200: "OK", 201: "Created", 204: "No Content", 400: "Bad Request", 403: "Forbidden", 500: "Internal Server Error" };

const named = (name) => NAMES[name] ?? name.replace(/(^|-)([a-z])/g, (it) => it.toUpperCase());

const fields = (pairs) =>
  el("dl.fields", {}, pairs.map(([name, value]) => el("div", {}, el("dt", {}, `${name}:`), " ", el("dd", {}, value))));

const message = (kind, spoken, ...content) => el(`li.message.${kind}`, {}, aside(spoken), ...content, el("span.wire", { "aria-hidden": "true" }));

function request(exchange, compact) {
  const pairs = exchange.request.map(([name, value]) => [named(name), value]);
  pairs.push(["Cookie", exchange.cookie ? "crossorigin_demo=…" : "none"]);
  return message(
    "to-server",
    "Browser to server: ",
    el("p.line", {}, el("strong", {}, exchange.method), " ", exchange.path, exchange.kind === "preflight" && el("span.tag", {}, "preflight")),
    !compact && fields(pairs),
  );
}

function response(exchange, compact) {
  const shown = compact ? exchange.response.filter(([name]) => name === "access-control-max-age") : exchange.response;
  const cors = exchange.response.some(([name]) => name.startsWith("access-control-"));
  return message(
    "from-server",
    "Server to browser: ",
    el("p.line", {}, el("strong", {}, String(exchange.status)), " ", STATUS[exchange.status] ?? ""),
    fields(shown.map(([name, value]) => [named(name), value])),
    !cors && el("p.without", {}, "no CORS header"),
  );
}

/** One call: the fetch, every exchange that really happened, and what the page got. */
function call({ call: { init }, result, exchanges }, compact, page) {
  return [
    message("to-browser", `${page} to browser: `, el("p.line", {}, `fetch ${init?.method ?? "GET"}`)),
    ...exchanges.flatMap((it) => [request(it, compact), response(it, compact)]),
    message(
      `from-browser.${result.ok ? "passed" : "stopped"}`,
      `Browser to ${page}: `,
      el("p.line", {}, mark(result.ok), " ", result.ok ? String(result.status) : result.error.split(":")[0]),
    ),
  ];
}

/** The drawing of an attempt: its actors, and its messages in order. */
export function sequence(steps, { compact = false, from, to }) {
  const port = (origin) => `:${new URL(origin).port}`;
  return el(
    "div.sequence",
    {},
    el(
      "div.actors", { "aria-hidden": "true" },
      el("span", {}, "Page ", el("small", {}, port(from))), el("span", {}, "Browser"), el("span", {}, "Server ", el("small", {}, port(to))),
    ),
    el("ol.messages", { "aria-label": "The messages, in order" }, steps.flatMap((it) => call(it, compact, "Page"))),
  );
}
