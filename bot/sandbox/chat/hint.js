/* For the first visit: three things to try, ticked off as they happen. */

import { h, icon, refill } from "./dom.js";

/** Draw the hint, or nothing once it was put away. */
export function renderHint(element, { isShown, done, page, close }) {
  if (!isShown) {
    element.replaceChildren();
    return;
  }
  const made = done.join();
  if (element.dataset.made === made && element.childElementCount) return;
  element.dataset.made = made;
  const steps = [
    [h("span", {}, "Say ", h("code", {}, "lunch 12,50"), " in #ledger: the bot has a real bug and breaks on the comma."), "Fill in", () => page.tryText("lunch 12,50")],
    [h("span", {}, "As ada, hand it over with ", h("code", {}, "/debug_open_issue"), " and watch the run on the right."), "Open it", () => page.tryCommand("debug_open_issue", { summary: "a comma breaks lunch" })],
    [h("span", {}, "When the review comes, read ", h("code", {}, "patch.diff"), " and press ", h("strong", {}, "Approve"), "."), null, null],
  ];
  refill(
    element,
    h(
      "section",
      { class: "card", "aria-label": "Three things to try" },
      h("h2", {}, done.every(Boolean) ? "All three are done" : "Three things to try"),
      h("button", { type: "button", class: "plain bare square close", "aria-label": "Put the hint away", "data-key": "hint-close", onclick: close }, icon("close")),
      h("ol", {}, steps.map(([what, label, act], index) => step(index, done[index], what, label, act))),
    ),
  );
}

function step(index, isDone, what, label, act) {
  const mark = h("span", { class: "mark" }, isDone ? icon("check") : String(index + 1), isDone && h("span", { class: "unseen" }, "done"));
  const button = label && !isDone && h("button", { type: "button", class: "plain", "data-key": `hint-${index}`, onclick: act }, label);
  return h("li", { class: isDone ? "done" : "" }, mark, h("span", { class: "what" }, what), button || h("span"));
}
