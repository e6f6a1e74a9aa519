// The browser's verdict in words: what the script got, why not more, and what Chromium's console calls it.

const PREFLIGHT = "Response to preflight request doesn't pass access control check: ";
const NO_ORIGIN = "No 'Access-Control-Allow-Origin' header is present on the requested resource.";

const header = (exchange, name) => exchange.response.find(([key]) => key === name)?.[1];
const include = ({ init }) => init?.credentials === "include";

// First row that fits. Each: when it fits, why, and the console's words.
const BLOCKED = [
  {
    fits: ({ last }) => !last,
    why: () => "Nothing reached the API. Is the demo still running?",
    console: () => "net::ERR_FAILED",
  },
  {
    fits: ({ last }) => last.kind === "preflight" && last.reason === "method-not-allowed",
    why: ({ last, method }) => `The preflight's answer does not list ${last.culprit}, so the browser stopped there. The ${method} itself was never sent.`,
    console: ({ last }) => `Method ${last.culprit} is not allowed by Access-Control-Allow-Methods in preflight response.`,
  },
  {
    fits: ({ last }) => last.kind === "preflight" && last.reason === "header-not-allowed",
    why: ({ last, method }) => `The preflight's answer does not list ${last.culprit}, so the browser stopped there. The ${method} itself was never sent.`,
    console: ({ last }) => `Request header field ${last.culprit} is not allowed by Access-Control-Allow-Headers in preflight response.`,
  },
  {
    fits: ({ last }) => last.kind === "preflight",
    why: ({ last, method }) => `The preflight was answered ${last.status} without any CORS header, so the browser stopped there. The ${method} itself was never sent: the server ran nothing.`,
    console: () => PREFLIGHT + NO_ORIGIN,
  },
  {
    fits: ({ last }) => !header(last, "access-control-allow-origin"),
    why: ({ last }) => `The server did receive and run it: it answered ${last.status}. But the answer does not name the calling page's origin, so the browser withheld all of it, its status included.`,
    console: () => NO_ORIGIN,
  },
  {
    fits: ({ last, call }) => header(last, "access-control-allow-origin") === "*" && include(call),
    why: ({ last }) => `The server did receive and run it: it answered ${last.status}. But * is no permission for a request with credentials, so the browser withheld the answer.`,
    console: () => "The value of the 'Access-Control-Allow-Origin' header in the response must not be the wildcard '*' when the request's credentials mode is 'include'.",
  },
  {
    fits: () => true,
    why: ({ last }) => `The server did receive and run it${last.cookie ? ", cookie and all" : ""}: it answered ${last.status}. But the answer does not say Access-Control-Allow-Credentials: true, so the browser withheld it. The server cannot know in advance: the credentials mode is on no header.`,
    console: () => "The value of the 'Access-Control-Allow-Credentials' header in the response is '' which must be 'true' when the request's credentials mode is 'include'.",
  },
];

/** The verdict on the last step of an attempt: { allowed, title, why, facts, console, reason }. */
export function verdictOf(attempt, steps) {
  const { call, result, exchanges } = steps.at(-1);
  const last = exchanges.at(-1);
  const method = call.init?.method ?? "GET";
  const reason = last && !["", "allowed"].includes(last.reason) ? last.reason : null;
  if (result.ok) {
    const facts = [["Status", String(result.status)], ["Body", result.body]];
    let why = "The script could read all of this:";
    if (attempt.reads) {
      const value = result.headers[attempt.reads.toLowerCase()] ?? null;
      facts.push([`headers.get("${attempt.reads}")`, JSON.stringify(value)]);
      if (value === null) why = `The script could read the answer, but not ${attempt.reads}: it is on the wire, and hidden from the script.`;
    }
    if (attempt.danger) why = "A page that nobody named could read who is logged in:";
    return { allowed: true, title: attempt.danger ? "Allowed, and that is the hole" : "Allowed", why, facts, reason };
  }
  const case_ = { call, last, method };
  const row = BLOCKED.find((it) => it.fits(case_));
  return {
    allowed: false,
    title: "Blocked",
    why: row.why(case_),
    facts: [["All the script gets", result.error]],
    console: row.console(case_),
    reason,
  };
}

/** How many preflights and how many other requests a whole log holds. */
export function counts(log) {
  const preflights = log.filter((it) => it.kind === "preflight").length;
  return { preflights, requests: log.length - preflights };
}
