/* What can be made to go wrong: a fault chosen from the sandbox's menu, met by the bot's next request. */

import { h } from "./dom.js";

const SERVICES = { github: "GitHub", discord: "Discord" };

/** A folded part with the menu in it, read from the server when it is first opened. */
export function faultPicker() {
  const list = h("select", { class: "pick", "aria-label": "What goes wrong" });
  const told = h("p", { class: "quiet small", role: "status" });
  const order = async (words) => (told.textContent = await send(words));
  const press = (text, words) => h("button", { type: "button", class: "plain", onclick: () => order(words()) }, text);
  const element = h(
    "details",
    { class: "faults" },
    h("summary", {}, "Let something go wrong"),
    h("div", { class: "actions" }, list, press("Do it", () => list.value), press("Forget all", () => "clear")),
    told,
  );
  element.addEventListener("toggle", async () => {
    if (!element.open || list.childElementCount) return;
    try {
      list.replaceChildren(...groups(await (await fetch("faults")).json()));
    } catch {
      told.textContent = "The sandbox does not answer. Close this and open it again.";
    }
  });
  return element;
}

function groups(menu) {
  return Object.entries(SERVICES).map(([service, label]) => {
    const own = menu.filter((each) => each.service === service);
    return h("optgroup", { label }, own.map((each) => h("option", { value: `${service} ${each.name}` }, `${each.name}: ${each.words}`)));
  });
}

async function send(words) {
  try {
    const response = await fetch("fault", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ words }),
    });
    const answer = await response.json();
    return answer.told ?? answer.refused;
  } catch {
    return "The sandbox does not answer. Try again once the page says “live”.";
  }
}
