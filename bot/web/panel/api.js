// Talks to the API with the session's cookie; what changes anything carries the form's token.
let formToken = "";

export const UNREACHED = 0;

export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function ask(path, options = {}) {
  const answer = await fetch(path, { credentials: "same-origin", ...options }).catch(() => {
    throw new Refused(UNREACHED, "The bot cannot be reached.");
  });
  if (!answer.ok) {
    const told = await answer.json().catch(() => ({ message: answer.statusText }));
    throw new Refused(answer.status, told.message);
  }
  return answer;
}

export async function get(path) {
  return (await ask(path)).json();
}

export async function getText(path) {
  return (await ask(path)).text();
}

export async function post(path, body = {}) {
  const headers = { "Content-Type": "application/json", "X-Suture-Form": formToken };
  return (await ask(path, { method: "POST", headers, body: JSON.stringify(body) })).json();
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
