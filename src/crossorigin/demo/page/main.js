// Puts the page together: facts from the server, a card for each rule, and the button that runs them all.

import { card } from "./card.js";
import { call } from "./calling.js";
import { CARDS } from "./cards.js";
import { programListing, rows } from "./code.js";
import { el, mark } from "./dom.js";
import { elsewhere } from "./elsewhere.js";
import { originsCard } from "./origins.js";
import { themeButton } from "./theme.js";

const $ = (selector) => document.querySelector(selector);
const demo = await (await fetch("demo.json")).json();
const { frame, call: callElsewhere } = elsewhere(demo.other);
const callers = { front: call, other: callElsewhere };

const cards = [originsCard(), ...CARDS.map((row) => card(row, demo, callers, frame))];
for (const { element } of cards) {
  const place = $(`[data-card="${element.id}"]`);
  place.replaceWith(element);
}
for (const place of document.querySelectorAll("[data-program]")) place.replaceChildren(programListing(demo.programs[place.dataset.program]));
for (const place of document.querySelectorAll("[data-origin]")) place.textContent = demo[place.dataset.origin];
$("#refusal-short").replaceChildren(...rows(demo.refusal));

themeButton($("#theme"));

if (location.origin !== demo.front) {
  $("#notice").replaceChildren(
    el("strong", {}, "Wrong door. "),
    `You opened ${location.origin}, and every policy here lists ${demo.front}. To a browser these are two origins, so all is denied. `,
    el("a", { href: `${demo.front}/` }, `Open ${demo.front}`),
  );
  $("#notice").hidden = false;
}

$("#run-all").addEventListener("click", async ({ currentTarget: button }) => {
  const tally = $("#tally");
  button.setAttribute("aria-busy", "true");
  tally.textContent = "Running…";
  const results = [];
  for (const it of cards) results.push(...(await it.runAll()));
  const allowed = results.filter((it) => it.allowed).length;
  const odd = results.filter((it) => !it.foreseen).length;
  tally.replaceChildren(
    mark(odd === 0),
    ` ${results.length} attempts: ${allowed} allowed, ${results.length - allowed} blocked, ${odd ? `${odd} not` : "all"} as the policies foretold.`,
  );
  button.removeAttribute("aria-busy");
});

document.body.dataset.ready = "true";

// Where the reader is, in the table of contents.
const links = new Map([...document.querySelectorAll("nav a")].map((it) => [it.hash.slice(1), it]));
const seen = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (!isIntersecting) continue;
    for (const it of links.values()) it.removeAttribute("aria-current");
    links.get(target.id)?.setAttribute("aria-current", "true");
  }
}, { rootMargin: "-20% 0px -70% 0px" });
for (const id of links.keys()) seen.observe(document.getElementById(id));
