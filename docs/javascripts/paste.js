// A console message is not a query. What every message of a browser begins with, and the URLs in it, say nothing about which
// one it is; and its colons, quotes, stars and hyphens would be read as operators of the search.
const PREAMBLES = [
  /^[^]*?blocked by CORS policy: (Response to preflight request doesn't pass access control check: )?/,
  /^[^]*?Same Origin Policy disallows reading[^]*?\(Reason: /,
];

function wordsOf(message) {
  let text = message;
  for (const preamble of PREAMBLES) {
    text = text.replace(preamble, (start) => (start.includes("redirected from") ? "redirected from " : ""));
  }
  return text
    .replace(/\b(https?|wss?|file):\/\/[^\s'"’”]*/g, " ")
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}

document.addEventListener("paste", (event) => {
  const box = event.target;
  if (!box.matches?.(".md-search__input")) return;
  event.preventDefault();
  box.setRangeText(wordsOf(event.clipboardData.getData("text")), box.selectionStart, box.selectionEnd, "end");
  box.dispatchEvent(new KeyboardEvent("keyup"));
});
