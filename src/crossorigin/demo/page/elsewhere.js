// The same call, made by the page of the other origin, in a frame.

import { el } from "./dom.js";

/** A frame with the other front end in it, and a function that makes it call. */
export function elsewhere(origin) {
  const frame = el("iframe.other", { src: `${origin}/`, title: `The second front end, ${origin}` });
  const loaded = new Promise((resolve) => frame.addEventListener("load", resolve, { once: true }));

  const root = document.documentElement;
  const paint = () => loaded.then(() => frame.contentWindow.postMessage({ theme: root.dataset.theme }, origin));
  new MutationObserver(paint).observe(root, { attributeFilter: ["data-theme"] });
  if (root.dataset.theme) paint();

  async function call(url, init) {
    await loaded;
    const id = crypto.randomUUID();
    return new Promise((resolve) => {
      addEventListener("message", function listen({ data, origin: sender }) {
        if (sender !== origin || data.id !== id) return;
        removeEventListener("message", listen);
        resolve(data.result);
      });
      frame.contentWindow.postMessage({ id, url, init }, origin);
    });
  }

  return { frame, call };
}
