// One card: its words, its buttons, and the result of the attempt that was run last.

import { callAsCode, policyListing, rows } from "./code.js";
import { el, mark, prose } from "./dom.js";
import { run } from "./running.js";
import { sequence } from "./sequence.js";
import { counts, verdictOf } from "./verdict.js";

function verdictPanel(verdict, attempt, log) {
  const foreseen = verdict.allowed === (attempt.expect === "allowed");
  const kind = attempt.danger ? "danger" : verdict.allowed ? "ok" : "bad";
  const { preflights, requests } = counts(log);
  return el(
    `div.verdict.${kind}`, {},
    el("p.title", {}, el("span", {}, mark(verdict.allowed), " ", verdict.title), verdict.reason && el("code.reason", {}, verdict.reason)),
    el("p", {}, verdict.why),
    el("dl.facts", {}, verdict.facts.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)))),
    attempt.stable && el("p.count", {}, el("strong", {}, String(preflights)), preflights === 1 ? " preflight" : " preflights", " arrived for ", el("strong", {}, String(requests)), " PUTs"),
    verdict.console && el("p.console", {}, el("span.label", {}, "Chromium’s console"), verdict.console),
    !foreseen && el("p.unforeseen", {}, `This browser decided otherwise than foreseen (${attempt.expect}).`),
  );
}

const panel = (label, ...content) => el("div.panel", {}, el("h4.label", {}, label), ...content);

function code(attempt, demo) {
  // Calls that repeat are shown once.
  const lines = [...new Set(attempt.calls.map((it) => callAsCode(it, demo.api)))];
  const often = attempt.calls.length > 1 && lines.length === 1 ? `  // ${attempt.calls.length} times` : "";
  return panel("The call", el("pre.listing", {}, el("code", {}, rows(lines.join("\n") + often))));
}

function policy(attempt, demo) {
  const api = demo.apis[attempt.api];
  return panel("The line of policy that decides", policyListing(api, attempt.decides));
}

/** A card as { element, runAll }. `callers` make a call from each front end; `frame` is the second one's window. */
export function card(row, demo, callers, frame) {
  const heading = `card-${row.id}-title`;
  const live = el("div.outcome", { role: "status", "aria-live": "polite" });
  const details = el("div.details");
  const drawing = el("div.drawing", {}, el("p.hint", {}, "Press a button. What your browser really sends is drawn here."));
  const result = el("div.result", {}, live, drawing, details);
  details.replaceChildren(code(row.attempts[0], demo), policy(row.attempts[0], demo));

  const attempts = row.attempts.map((attempt) => {
    const badge = el("span.badge");
    const button = el("button.try", { type: "button", "data-attempt": attempt.id, click: () => go() }, el("span", {}, attempt.label), badge);
    let running = null;
    // A second press while the first one runs is the same press.
    function go() {
      running ??= once().catch(lost).finally(() => {
        running = null;
        button.removeAttribute("aria-busy");
      });
      return running;
    }
    function lost() {
      const words = el("p", {}, "The demo does not answer. Is it still running?");
      live.replaceChildren(el("div.verdict.danger", {}, el("p.title", {}, "No answer"), words));
      return { allowed: false, foreseen: false };
    }
    async function once() {
      button.setAttribute("aria-busy", "true");
      const { steps, log } = await run(attempt, demo, callers);
      const verdict = verdictOf(attempt, steps);
      const foreseen = verdict.allowed === (attempt.expect === "allowed");
      badge.replaceChildren(mark(verdict.allowed), el("span.unseen", {}, verdict.allowed ? ", allowed" : ", blocked"));
      for (const it of element.querySelectorAll("button.try")) it.removeAttribute("aria-current");
      button.setAttribute("aria-current", "true");
      live.replaceChildren(verdictPanel(verdict, attempt, log));
      details.replaceChildren(code(attempt, demo), policy(attempt, demo));
      const from = demo[attempt.from ?? "front"];
      drawing.replaceChildren(el("h4.label", {}, "What was really sent"), sequence(steps, { compact: attempt.compact, from, to: demo.api }));
      element.dataset.ran = attempt.id;
      element.dataset.runs = String(Number(element.dataset.runs ?? 0) + 1);
      return { allowed: verdict.allowed, foreseen };
    }
    return { button, go };
  });

  const element = el(
    "article.card", { id: row.id, "aria-labelledby": heading },
    el("header", {}, el("span.number", { "aria-hidden": "true" }, String(row.number)), el("h3", { id: heading }, row.title)),
    el("p.lead", {}, prose(row.lead)),
    row.frame && frame,
    el("div.tries", { role: "group", "aria-label": "Try it" }, attempts.map((it) => it.button)),
    result,
    row.refusal && panel("What crossorigin says to both settings, before it serves anything", el("pre.listing.refusal", {}, el("code", {}, rows(demo.refusal)))),
    el("p.learn", {}, el("strong", {}, "Worth knowing. "), prose(row.learn)),
  );

  async function runAll() {
    const results = [];
    for (const it of attempts) results.push(await it.go());
    return results;
  }
  return { element, runAll };
}
