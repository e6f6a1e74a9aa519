// One fetch() call, and all that a script may learn from it. Both front ends use this very file.

/** Calls, and returns what the script could see, as plain data. */
export async function call(url, init) {
  try {
    const response = await fetch(url, init);
    return {
      ok: true,
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: await response.text(),
    };
  } catch (error) {
    return { ok: false, error: `${error.name}: ${error.message}` };
  }
}
