// Building the page's elements. All text goes in as text: nothing that is shown is ever parsed as HTML.

/** An element: a tag with classes (`p.lead.soft`), its attributes, and what it contains. */
export function el(tag, attributes = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name);
  if (classes.length) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(key, value);
    else if (value !== undefined && value !== false) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat().filter((it) => it !== null && it !== undefined && it !== false));
  return element;
}

/** A sentence in which `backquoted` words become code. */
export function prose(text) {
  return text.split("`").map((part, place) => (place % 2 ? el("code", {}, part) : part));
}

/** Words for the ear only. */
export const aside = (text) => el("span.unseen", {}, text);

/** A mark for the eye only: what it says is also said in words. */
export const mark = (ok) => el(`span.mark.${ok ? "ok" : "bad"}`, { "aria-hidden": "true" }, ok ? "✓" : "✗");
