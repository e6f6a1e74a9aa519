// Runs in the page: plays scenarios, some at a time, and gives what script saw of each call.
// Here belongs what a script does; not here: what it means.
async (scenarios, atOnce = 12) => {
  const bodyOf = (body) => {
    if (!body) return undefined;
    const [kind, text] = body;
    if (kind === "bytes") return new TextEncoder().encode(text);
    if (kind === "form") return new URLSearchParams(text);
    return text;
  };
  const seen = (entries) => Object.fromEntries(entries);
  const byFetch = async (call) => {
    const init = { method: call.method, headers: call.headers, mode: call.mode, credentials: call.credentials,
                   redirect: call.redirect, body: bodyOf(call.body) };
    try {
      const response = await fetch(call.url, init);
      const body = await response.text();
      return { type: response.type, status: response.status, headers: seen(response.headers.entries()), body };
    } catch (error) {
      return { type: "error", name: error.name, message: error.message };
    }
  };
  const byXhr = (call) => new Promise((resolve) => {
    const xhr = new XMLHttpRequest();
    xhr.onload = () => resolve({
      type: "xhr", status: xhr.status, body: xhr.responseText,
      headers: seen(xhr.getAllResponseHeaders().split("\r\n").filter(Boolean).map((line) => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 2)];
      })),
    });
    xhr.onerror = () => resolve({ type: "error", name: "TypeError" });
    // Firefox never ends one that is redirected to a bad port: no response is no response.
    setTimeout(() => resolve({ type: "error", name: "silence" }), 20_000);
    try {
      xhr.open(call.method, call.url);
      xhr.withCredentials = call.credentials === "include";
      if (call.upload_listener) xhr.upload.addEventListener("load", () => {});
      for (const [name, value] of call.headers) xhr.setRequestHeader(name, value);
      xhr.send(bodyOf(call.body));
    } catch (error) {
      resolve({ type: "error", name: error.name });
    }
  });
  const byWebSocket = (call) => new Promise((resolve) => {
    try {
      const socket = new WebSocket(call.url);
      socket.onopen = () => { socket.onerror = socket.onclose = null; socket.close(); resolve({ type: "open" }); };
      socket.onerror = () => resolve({ type: "error", name: "error" });
      socket.onclose = () => resolve({ type: "error", name: "close" });
    } catch (error) {
      resolve({ type: "error", name: error.name });
    }
  });
  const results = {};
  const queue = [...scenarios];
  const work = async () => {
    for (let scenario = queue.shift(); scenario; scenario = queue.shift()) {
      const found = results[scenario.name] = [];
      for (const call of scenario.calls) {
        if (call.wait) await new Promise((done) => setTimeout(done, call.wait * 1000));
        found.push(await (call.websocket ? byWebSocket : call.xhr ? byXhr : byFetch)(call));
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return results;
}
