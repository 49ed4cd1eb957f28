// Talks to the API with the session's cookie; what changes anything carries the form's token.
let formToken = "";

const UNREACHED = 0;
const LONGEST_MS = 20000;

export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

function unreached() {
  throw new Refused(UNREACHED, "The bot cannot be reached.");
}

async function ask(path, options = {}, kind = "json") {
  const answer = await fetch(path, { credentials: "same-origin", signal: AbortSignal.timeout(LONGEST_MS), ...options }).catch(unreached);
  if (answer.ok) return answer[kind]().catch(unreached);
  const told = await answer.json().catch(() => ({ message: answer.statusText }));
  throw new Refused(answer.status, told.message);
}

export function get(path) {
  return ask(path);
}

export function getText(path) {
  return ask(path, {}, "text");
}

// The rows of the first pages of a list, and whether there are more.
export async function getPages(path, name, count) {
  const rows = [];
  let cursor = null;
  for (let page = 0; page === 0 || cursor && page < count; page += 1) {
    const told = await get(cursor ? `${path}&cursor=${encodeURIComponent(cursor)}` : path);
    rows.push(...told[name]);
    cursor = told.next_cursor;
  }
  return { rows, more: Boolean(cursor) };
}

export function post(path, body = {}) {
  const headers = { "Content-Type": "application/json", "X-Suture-Form": formToken };
  return ask(path, { method: "POST", headers, body: JSON.stringify(body) });
}

export async function session() {
  const found = await get("/session");
  formToken = found.form_token;
  return found;
}

export async function login(key) {
  const found = await post("/login", { key });
  formToken = found.form_token;
  return found;
}
