// The second front end, on its own origin: calls the API when the first front end asks it to, tells how it went,
// and wears the first one's theme.

import { call } from "./calling.js";

const demo = fetch("demo.json").then((response) => response.json());
document.getElementById("me").textContent = location.origin;

addEventListener("message", async ({ data, origin, source }) => {
  const { front, api } = await demo;
  if (origin !== front) return;
  if (data.theme) document.documentElement.dataset.theme = data.theme;
  if (!data.url?.startsWith(`${api}/`)) return;
  const result = await call(data.url, data.init);
  document.getElementById("last").textContent = result.ok
    ? `I read status ${result.status}.`
    : `All I got: ${result.error}`;
  source.postMessage({ id: data.id, result }, origin);
});
