/* A form that the bot opened, as a dialog: the browser keeps the focus in it and closes it by Escape. */

import { h, icon } from "./dom.js";

/** Open it; `submit` sends the texts and tells how that went. */
export function openModal(modal, submit) {
  const fields = modal.inputs.map((input, index) => new TextField(input, index));
  const failure = h("div", {});
  const close = h("button", { type: "button", class: "plain bare square", "aria-label": "Close" }, icon("close"));
  const cancel = h("button", { type: "button", class: "plain" }, "Cancel");
  const send = h("button", { type: "submit", class: "plain strong" }, "Submit");
  const form = h(
    "form",
    { novalidate: true },
    h("div", { class: "top" }, h("h2", { id: "modal-title" }, modal.title), close),
    h("div", { class: "entries" }, failure, modal.texts.map((text) => h("p", {}, text)), fields.map((field) => field.element)),
    h("div", { class: "bottom" }, cancel, send),
  );
  const dialog = h("dialog", { class: "modal", "aria-labelledby": "modal-title" }, form);
  for (const button of [close, cancel]) button.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const wrong = fields.filter((field) => field.complain());
    if (wrong.length) {
      wrong[0].control.focus();
      return;
    }
    send.disabled = true;
    const outcome = await submit(Object.fromEntries(fields.map((field) => [field.input.id, field.control.value])));
    send.disabled = false;
    const sentence = outcome.refused ?? outcome.failed;
    if (!sentence) {
      dialog.close();
      return;
    }
    failure.replaceChildren(h("p", { class: "refusal", role: "alert" }, icon("warn"), h("span", {}, sentence)));
  });
  document.body.append(dialog);
  dialog.showModal();
  (fields[0]?.control ?? send).focus();
}

class TextField {
  constructor(input, index) {
    this.input = input;
    const id = `modal-${index}`;
    const shared = { id, placeholder: input.placeholder, value: input.value, "aria-describedby": `${id}-error`, "aria-required": String(input.required), autocomplete: "off" };
    this.control = input.long ? h("textarea", { ...shared, rows: "5" }) : h("input", { ...shared, type: "text" });
    this.error = h("span", { class: "problem", id: `${id}-error` });
    this.count = h("span", { class: "counter" });
    this.control.addEventListener("input", () => {
      this.tellCount();
      if (this.error.textContent || this.size() > input.max) this.complain();
    });
    this.tellCount();
    const mark = input.required && h("span", { class: "must", "aria-hidden": "true" }, "*");
    this.element = h("div", { class: "entry" }, h("label", { for: id }, input.label, mark), this.control, h("div", { class: "foot" }, this.error, this.count));
  }

  size() {
    return [...this.control.value].length;
  }

  tellCount() {
    this.count.textContent = `${this.size()} / ${this.input.max}`;
    this.count.classList.toggle("over", this.size() > this.input.max);
  }

  complain() {
    const { required, min, max } = this.input;
    const size = this.size();
    let sentence = "";
    if (!size && required) sentence = "This field is required.";
    else if (size && size < (min ?? 0)) sentence = `At least ${min} characters are needed.`;
    else if (size > max) sentence = `At most ${max} characters fit.`;
    this.error.textContent = sentence;
    this.control.setAttribute("aria-invalid", String(Boolean(sentence)));
    return sentence;
  }
}
