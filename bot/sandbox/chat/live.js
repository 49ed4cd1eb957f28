/* The stream of states, and the deeds. A lost stream is opened again, and begins with the whole state. */

const SILENCE_MS = 8000;
const WAITS_MS = [300, 700, 1500, 3000];

/** Follow the state of a person in a place until `close` is called. */
export function follow(seat, { onState, onLink, onGone }) {
  let source = null;
  let timer = null;
  let tries = 0;
  let closed = false;
  const address = `live?${new URLSearchParams(seat)}`;

  const open = () => {
    if (closed) return;
    source = new EventSource(address);
    source.onmessage = (event) => {
      heard();
      onState(JSON.parse(event.data));
    };
    source.addEventListener("alive", heard);
    source.onerror = again;
    watch();
  };
  const heard = () => {
    tries = 0;
    onLink("live");
    watch();
  };
  const watch = () => {
    clearTimeout(timer);
    timer = setTimeout(again, SILENCE_MS);
  };
  const again = () => {
    if (closed) return;
    onLink("reconnecting");
    source.close();
    clearTimeout(timer);
    if (tries === 1) isGone(address).then((gone) => gone && !closed && onGone());
    timer = setTimeout(open, WAITS_MS[Math.min(tries, WAITS_MS.length - 1)]);
    tries += 1;
  };
  open();
  return () => {
    closed = true;
    clearTimeout(timer);
    source?.close();
  };
}

/* A stream that was refused tells an EventSource nothing; a plain request tells why. */
async function isGone(address) {
  const stop = new AbortController();
  try {
    const response = await fetch(address, { signal: stop.signal });
    return response.status === 404;
  } catch {
    return false;
  } finally {
    stop.abort();
  }
}

/** Do something; the answer is {} or tells a refusal, a failure, a form or suggestions. */
export async function act(deed, seat, told = {}) {
  try {
    const response = await fetch(`do/${deed}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ who: seat.who, where: seat.where, ...told }),
    });
    if (response.status === 413) return { refused: "That is too large: a file has at most 10 MiB." };
    return await response.json();
  } catch {
    return { refused: "The sandbox does not answer. Try again once the page says “live”." };
  }
}

/** Do something with a pull request of the local GitHub; what came of it, as a sentence. */
export async function actOnPull(number, deed, who) {
  try {
    const response = await fetch(`pull/${number}/${deed}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ who }),
    });
    const answer = await response.json();
    return answer.told ?? answer.refused;
  } catch {
    return "The sandbox does not answer. Try again once the page says “live”.";
  }
}

/** A text of the page's own server. */
export async function fetchText(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address}: ${response.status}`);
  return response.text();
}

/** A file of the person's own, in base64. */
export function readFile(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve({ name: file.name, data: reader.result.slice(reader.result.indexOf(",") + 1) });
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}
