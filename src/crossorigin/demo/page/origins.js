// Card 1: two URLs, compared part by part. The answer is Python's `same_origin`, asked on this page's own origin.

import { el, mark } from "./dom.js";

// The tutorial's table, row by row.
const ROWS = [
  ["http://localhost:3000", "http://localhost:8000"],
  ["http://example.com", "http://api.example.com"],
  ["https://example.com", "http://example.com"],
  ["http://example.com", "http://example.com/api"],
];

// Cross-origin is no fault, so it gets no cross.
const sign = (same) => (same ? mark(true) : el("span.mark.other", { "aria-hidden": "true" }, "≠"));

function verdict({ error, same, origins, opaque, parts }) {
  if (error) return el("div.verdict.bad", {}, el("p.title", {}, el("span", {}, mark(false), " Not a URL")), el("p", {}, error));
  const differ = parts.filter((it) => !it.same).map((it) => it.name);
  const why = opaque
    ? "One of the two has an opaque origin, which a browser writes as null. It is the same as no other, not even as itself."
    : same
      ? "Protocol, domain and port agree. The path plays no part."
      : `They differ in ${differ.join(" and ")}. One difference is enough.`;
  return el(
    `div.verdict.${same ? "ok" : "other"}`, {},
    el("p.title", {}, el("span", {}, sign(same), same ? " Same-origin" : " Cross-origin")),
    el("p", {}, why),
    el("p.origins", {}, el("code", {}, origins[0]), same ? " = " : " ≠ ", el("code", {}, origins[1])),
  );
}

function comparison({ parts = [] }) {
  if (!parts.length) return el("p.hint", {}, "Nothing to compare part by part.");
  const row = ({ name, a, b, same }) =>
    el("tr", {}, el("th", { scope: "row" }, name), el("td", {}, a), el("td", {}, b), el("td.same", {}, sign(same), same ? " same" : " differs"));
  const head = ["Part", "First", "Second", "Verdict"].map((it) => el("th", { scope: "col" }, it));
  return el("table.parts", {}, el("thead", {}, el("tr", {}, head)), el("tbody", {}, parts.map(row)));
}

/** The card, as { element, runAll }. */
export function originsCard() {
  const live = el("div.outcome", { role: "status", "aria-live": "polite" });
  const table = el("div.drawing");
  const input = (label, value) => el("label", {}, el("span.label", {}, label), el("input", { type: "text", value, spellcheck: "false", autocomplete: "off", input: compare }));
  const fields = [input("First URL", ROWS[0][0]), input("Second URL", ROWS[0][1])];
  const [a, b] = fields.map((it) => it.querySelector("input"));
  let asked = 0;

  async function compare() {
    const turn = (asked += 1);
    const response = await fetch(`same-origin?${new URLSearchParams({ a: a.value.trim(), b: b.value.trim() })}`);
    const answer = await response.json();
    if (turn !== asked) return; // a later question has overtaken this one
    live.replaceChildren(verdict(answer));
    table.replaceChildren(comparison(answer));
    for (const it of element.querySelectorAll("button.try")) {
      const shown = it.dataset.a === a.value && it.dataset.b === b.value;
      if (shown) it.setAttribute("aria-current", "true");
      else it.removeAttribute("aria-current");
    }
    element.dataset.runs = String(turn);
  }

  function example([first, second]) {
    const use = () => {
      [a.value, b.value] = [first, second];
      return compare();
    };
    return el("button.try.pair", { type: "button", "data-a": first, "data-b": second, click: use }, el("span", {}, first), el("span", {}, second));
  }

  const element = el(
    "article.card", { id: "same-origin", "aria-labelledby": "card-same-origin-title" },
    el("header", {}, el("span.number", { "aria-hidden": "true" }, "1"), el("h3", { id: "card-same-origin-title" }, "Same-origin or cross-origin?")),
    el("p.lead", {}, "Type two URLs, or take a row of the tutorial’s table. The answer is ", el("code", {}, "crossorigin.same_origin"), " at work."),
    el("div.tries", { role: "group", "aria-label": "The tutorial’s four rows" }, ROWS.map(example)),
    el("div.urls", {}, fields),
    el("div.result", {}, live, table),
    el("p.learn", {}, el("strong", {}, "Worth knowing. "), "A port left out is the protocol’s own: ", el("code", {}, "https://example.com:443"), " is ", el("code", {}, "https://example.com"), ". And ", el("code", {}, "localhost"), " and ", el("code", {}, "127.0.0.1"), " are two domains to a browser, though they are one machine."),
  );
  compare();
  return { element, runAll: async () => [] };
}
