// Running one attempt: makes its calls one after the other, and asks what of each reached the API.

const PAGE_LOAD = crypto.randomUUID().slice(0, 8);
let runs = 0;

async function recorded(run) {
  const response = await fetch(`log?run=${run}`);
  return response.json();
}

/** The URL that is really called: the one shown, and the mark by which its requests are found again. */
const marked = (demo, path, run) => `${demo.api}${path}?run=${run}`;

/**
 * Every call of an attempt as { call, result, exchanges }, the exchanges being those of that call alone;
 * and the whole log of its run. A browser keeps preflights by URL, so an attempt that is about that keeps one URL.
 */
export async function run(attempt, demo, callers) {
  const steps = [];
  let log = [];
  const stable = attempt.stable && `${PAGE_LOAD}-${attempt.stable}`;
  for (const call of attempt.calls) {
    const id = stable || `${PAGE_LOAD}-${(runs += 1)}`;
    const before = stable ? (await recorded(id)).length : 0;
    const result = await callers[attempt.from ?? "front"](marked(demo, call.path, id), call.init);
    log = await recorded(id);
    steps.push({ call, result, exchanges: log.slice(before) });
  }
  return { steps, log };
}
