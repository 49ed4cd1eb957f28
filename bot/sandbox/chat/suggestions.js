/* What the bot suggests while one types into an option. */

import { h } from "./dom.js";

const PAUSE_MS = 180;

/** A list under an input, asked anew after each pause in typing. */
export class Suggestions {
  constructor(input, ask, take) {
    this.input = input;
    this.ask = ask;
    this.take = take;
    this.choices = [];
    this.at = -1;
    this.asked = 0;
    this.element = h("ul", { class: "popup inside up", role: "listbox", id: `${input.id}-list`, "aria-label": "Suggestions", hidden: true });
    for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-controls", this.element.id], ["aria-expanded", "false"]]) {
      input.setAttribute(name, value);
    }
    input.addEventListener("focus", () => this.later(0));
    input.addEventListener("input", () => this.later(PAUSE_MS));
    input.addEventListener("blur", () => this.close());
    input.addEventListener("keydown", (event) => this.pressed(event));
  }

  later(pause) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.load(), pause);
  }

  async load() {
    const number = ++this.asked;
    this.tell("Loading options …");
    const outcome = await this.ask(this.input.value);
    if (number !== this.asked || document.activeElement !== this.input) return;
    this.choices = outcome.choices ?? [];
    this.at = -1;
    if (outcome.choices?.length) this.draw();
    else this.tell(outcome.refused ?? outcome.failed ?? "No options match your search.");
  }

  tell(text) {
    this.choices = [];
    this.element.replaceChildren(h("li", { class: "foot", role: "presentation" }, text));
    this.open();
  }

  draw() {
    this.element.replaceChildren(
      ...this.choices.map((choice, index) =>
        h(
          "li",
          {
            role: "option",
            id: `${this.element.id}-${index}`,
            "aria-selected": String(index === this.at),
            onmousedown: (event) => {
              event.preventDefault();
              this.pick(choice);
            },
          },
          choice.name,
        ),
      ),
    );
    if (this.at >= 0) this.input.setAttribute("aria-activedescendant", `${this.element.id}-${this.at}`);
    else this.input.removeAttribute("aria-activedescendant");
    this.open();
    this.element.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }

  open() {
    this.element.hidden = false;
    this.element.closest(".grid")?.classList.add("choosing");
    this.input.setAttribute("aria-expanded", "true");
  }

  close() {
    clearTimeout(this.timer);
    this.asked += 1;
    this.choices = [];
    this.element.hidden = true;
    this.element.closest(".grid")?.classList.remove("choosing");
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  pick(choice) {
    this.take(choice);
    this.close();
  }

  pressed(event) {
    if (event.key === "Escape" && !this.element.hidden) {
      event.preventDefault();
      this.close();
      return;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && this.choices.length) {
      event.preventDefault();
      const start = this.at < 0 && step < 0 ? 0 : this.at;
      this.at = (start + step + this.choices.length) % this.choices.length;
      this.draw();
    } else if ((event.key === "Enter" || event.key === "Tab") && this.choices[this.at]) {
      event.preventDefault();
      this.pick(this.choices[this.at]);
    }
  }
}
