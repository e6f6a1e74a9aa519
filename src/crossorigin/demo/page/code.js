// Code as it is shown: a fetch() call out of what is really called, and a policy out of what really decides.

import { el } from "./dom.js";

const literal = (value) => {
  if (Array.isArray(value) || typeof value !== "object") return JSON.stringify(value);
  const inner = Object.entries(value).map(([key, it]) => `${/^\w+$/.test(key) ? key : JSON.stringify(key)}: ${literal(it)}`);
  return `{ ${inner.join(", ")} }`;
};

/** Text as lines that, where they are too long, go on further in. */
export const rows = (text) => text.split("\n").map((line) => el("span.row", {}, line || "\n"));

/** The line of JavaScript that makes this call. */
export function callAsCode(call, api) {
  const options = Object.entries(call.init ?? {}).map(([key, it]) => {
    const json = key === "body" && it.startsWith("{");
    return `  ${key}: ${json ? `JSON.stringify(${literal(JSON.parse(it))})` : literal(it)},`;
  });
  const url = JSON.stringify(`${api}${call.path}`);
  return options.length ? `fetch(${url}, {\n${options.join("\n")}\n})` : `fetch(${url})`;
}

/** The policy as Python, with the line that decided marked. */
export function policyListing(api, decides) {
  const code = el("code", {}, rows(api.opening));
  for (const { field, text, said } of api.lines) {
    const decider = field === decides;
    if (!said && !decider) continue;
    const line = `${text}${said ? "" : "  # the default"}`;
    code.append(el("span.row", {}, "    ", decider ? el("mark.decider", {}, line) : line));
  }
  code.append(...rows(api.closing));
  return el("pre.listing", {}, code);
}

/** One of the tutorial's programs, its import shown as the one line that changed. */
export function programListing(text) {
  const code = el("code");
  for (const line of text.trimEnd().split("\n")) {
    if (line === "from crossorigin import CORSMiddleware") {
      code.append(
        el("span.row", {}, el("del", {}, "from fastapi.middleware.cors import CORSMiddleware")),
        el("span.row", {}, el("ins", {}, line)),
      );
    } else code.append(...rows(line));
  }
  return el("pre.listing", {}, code);
}
