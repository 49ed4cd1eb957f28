/* A command's options as fields, checked as one types, as Discord's own client checks them. */

import { h, icon } from "./dom.js";
import { act, readFile } from "./live.js";
import { Suggestions } from "./suggestions.js";

const KINDS = { 3: "text", 4: "whole number", 5: "yes or no", 6: "person", 7: "channel", 8: "role", 9: "person or role", 10: "number", 11: "file" };
const INTEGER = 4;
const BOOLEAN = 5;
const NUMBER = 10;
const FILE = 11;
const REFERENCES = { 6: ["user"], 7: ["channel"], 8: ["role"], 9: ["user", "role"] };
const SAFE = Number.MAX_SAFE_INTEGER;

/** The form of one command. */
export class CommandForm {
  constructor(command, given, page, owner) {
    this.command = command;
    this.page = page;
    this.owner = owner;
    this.fields = command.options.map((option) => new Field(option, given[option.name] ?? "", this));
    this.element = this.build(Object.keys(given).filter((name) => !command.options.some((option) => option.name === name)));
  }

  build(unknown) {
    const close = h("button", { type: "button", class: "plain bare square", "aria-label": "Leave the command", onclick: this.owner.close }, icon("close"));
    this.submitButton = h("button", { type: "submit", class: "plain strong" }, icon("send"), "Send");
    const form = h(
      "form",
      { class: "command", novalidate: true, "aria-label": `Command ${this.command.name}` },
      h("div", { class: "top" }, h("strong", {}, `/${this.command.name}`), h("span", { class: "about" }, this.command.about), close),
      this.fields.length > 0 && h("div", { class: "grid" }, this.fields.map((field) => field.element)),
      h("div", { class: "bottom" }, h("span", { class: "quiet small" }, this.fields.some((field) => field.option.required) ? "* must be filled" : "Nothing must be filled"), this.submitButton),
    );
    if (unknown.length) this.owner.refuse(`/${this.command.name} has no option ${unknown[0]}.`);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.defaultPrevented) this.owner.close();
    });
    return form;
  }

  focus() {
    const first = this.fields.find((field) => field.option.required && !field.raw) ?? this.fields[0];
    if (first) first.focus();
    else this.submitButton.focus();
  }

  /** What the other fields hold, for a suggestion. */
  filled(except) {
    const others = this.fields.filter((field) => field !== except && field.raw !== "" && !field.problem() && field.option.type !== FILE);
    return Object.fromEntries(others.map((field) => [field.option.name, field.value()]));
  }

  async send() {
    const wrong = this.fields.filter((field) => field.complain());
    if (wrong.length) {
      wrong[0].focus();
      return;
    }
    const set = this.fields.filter((field) => field.raw !== "");
    const options = Object.fromEntries(await Promise.all(set.map(async (field) => [field.option.name, await field.value()])));
    this.submitButton.disabled = true;
    this.page.use(this.command.name, options, {
      sent: () => this.owner.close(),
      refused: (outcome) => {
        this.submitButton.disabled = false;
        const field = this.fields.find((each) => each.option.name === outcome.option);
        if (!field) this.owner.refuse(outcome.refused);
        field?.complain(outcome.refused);
        field?.focus();
      },
    });
  }
}

class Field {
  constructor(option, given, form) {
    this.option = option;
    this.form = form;
    this.raw = "";
    this.file = null;
    this.id = `option-${option.name}`;
    this.error = h("p", { class: "problem", id: `${this.id}-error`, hidden: true });
    this.input = this.makeInput();
    this.element = this.wrap();
    if (given) this.prefill(given);
  }

  wrap() {
    const { option } = this;
    const mark = option.required && h("span", { class: "must", "aria-hidden": "true" }, "*");
    const kind = h("span", { class: "kind" }, option.choices.length ? "choice" : `${KINDS[option.type] ?? "value"}${range(option)}`);
    const label = option.type === BOOLEAN
      ? h("span", { class: "label", id: `${this.id}-label` }, option.name, mark, kind)
      : h("label", { for: this.id }, option.name, mark, kind);
    const isLong = option.type === 3 && !option.choices.length && option.required;
    return h("div", { class: `entry ${isLong ? "wide" : ""}` }, label, this.input, this.list?.element, h("p", { class: "about", id: `${this.id}-about` }, option.about === "…" ? "" : option.about), this.error);
  }

  makeInput() {
    const { option } = this;
    const shared = { id: this.id, "aria-describedby": `${this.id}-about ${this.id}-error`, "aria-required": String(option.required), autocomplete: "off" };
    if (option.type === BOOLEAN) return this.makeSwitch();
    if (option.choices.length) return this.makeSelect(option.choices.map((choice) => [String(choice.value), choice.name]), shared);
    if (REFERENCES[option.type]) return this.makeSelect(this.references(), shared);
    if (option.type === FILE) {
      const input = h("input", { ...shared, type: "file" });
      input.addEventListener("change", () => {
        this.file = input.files[0] ?? null;
        this.set(this.file ? this.file.name : "");
      });
      return input;
    }
    const isNumber = option.type === INTEGER || option.type === NUMBER;
    const input = h("input", { ...shared, type: "text", inputmode: isNumber ? (option.type === INTEGER ? "numeric" : "decimal") : null, spellcheck: "false" });
    input.addEventListener("input", () => this.set(input.value));
    input.addEventListener("blur", () => this.raw && this.complain());
    if (option.autocomplete) this.list = new Suggestions(input, (typed) => this.suggest(typed), (choice) => this.take(choice));
    return input;
  }

  makeSwitch() {
    const make = (value, text) => {
      const input = h("input", { type: "radio", name: this.id, value });
      input.addEventListener("change", () => this.set(value));
      return h("label", {}, input, text);
    };
    const parts = [make("true", "Yes"), make("false", "No")];
    if (!this.option.required) parts.push(make("", "Not said"));
    if (!this.option.required) parts.at(-1).querySelector("input").checked = true;
    return h("div", { class: "switch", role: "radiogroup", "aria-labelledby": `${this.id}-label` }, parts);
  }

  makeSelect(entries, shared) {
    const select = h("select", shared, h("option", { value: "" }, "—"), entries.map(([value, name]) => h("option", { value }, name)));
    select.addEventListener("change", () => this.set(select.value));
    return select;
  }

  references() {
    const { users, channels, roles } = this.form.page.state.place.names;
    const tables = { user: [users, "@"], channel: [channels, "#"], role: [roles, "@"] };
    return REFERENCES[this.option.type].flatMap((kind) => Object.entries(tables[kind][0]).map(([id, name]) => [`${kind}:${id}`, tables[kind][1] + name.replace(/^@/, "")]));
  }

  prefill(given) {
    if (this.option.type === BOOLEAN) {
      const input = this.input.querySelector(`input[value="${given === "true"}"]`);
      input.checked = true;
      this.set(input.value);
      return;
    }
    if (this.option.type === FILE) return;
    const choice = this.option.choices.find((each) => String(each.value) === given || each.name === given);
    this.input.value = choice ? String(choice.value) : given;
    this.set(this.input.value);
    if (this.raw) this.complain();
  }

  set(raw) {
    this.raw = raw;
    this.taken = null;
    if (!this.error.hidden || (raw && !isUnfinished(this.option, raw))) this.complain();
  }

  take(choice) {
    this.input.value = choice.name;
    this.raw = choice.name;
    this.taken = choice;
    this.complain();
  }

  suggest(typed) {
    return act("suggest", this.form.page.seat, { command: this.form.command.name, option: this.option.name, typed, filled: this.form.filled(this) });
  }

  value() {
    const { type, choices } = this.option;
    if (this.taken) return this.taken.value;
    if (type === FILE) return readFile(this.file);
    if (type === BOOLEAN) return this.raw === "true";
    if (choices.length) return choices.find((choice) => String(choice.value) === this.raw).value;
    if (REFERENCES[type]) {
      const [kind, id] = this.raw.split(":");
      return { kind, id };
    }
    return type === INTEGER || type === NUMBER ? Number(this.raw) : this.raw;
  }

  /** What is wrong with the value, in a sentence; empty when nothing is. */
  problem() {
    const { option, raw } = this;
    if (raw === "") return option.required ? "This option is required." : "";
    if (this.taken) return "";
    if (option.type === INTEGER || option.type === NUMBER) return numberProblem(option, raw);
    if (option.type !== 3 || option.choices.length) return "";
    const size = [...raw].length;
    if (size < (option.min_length ?? 0)) return `At least ${option.min_length} characters are needed.`;
    const most = option.max_length ?? 6000;
    return size > most ? `At most ${most} characters fit; these are ${size}.` : "";
  }

  /** Show what is wrong, or that nothing is; returns the sentence. */
  complain(sentence = this.problem()) {
    const target = this.option.type === BOOLEAN ? this.input : this.input;
    this.error.hidden = !sentence;
    this.error.textContent = sentence;
    target.setAttribute("aria-invalid", String(Boolean(sentence)));
    return sentence;
  }

  focus() {
    (this.option.type === BOOLEAN ? this.input.querySelector("input") : this.input).focus();
  }
}

function isUnfinished(option, raw) {
  const isNumber = option.type === INTEGER || option.type === NUMBER;
  return isNumber ? raw === "-" || (option.type === NUMBER && /^-?\d*\.?$/.test(raw)) : [...raw].length < (option.min_length ?? 0);
}

function numberProblem(option, raw) {
  const fits = option.type === INTEGER ? /^-?\d+$/.test(raw.trim()) : /^-?(\d+\.?\d*|\.\d+)$/.test(raw.trim());
  if (!fits) return option.type === INTEGER ? "This must be a whole number." : "This must be a number, with a point.";
  const value = Number(raw);
  const low = option.min_value ?? -SAFE;
  const high = option.max_value ?? SAFE;
  if (value >= low && value <= high) return "";
  if (option.min_value !== undefined && option.max_value !== undefined) return `This must be between ${low} and ${high}.`;
  return value < low ? `This must be at least ${low}.` : `This must be at most ${high}.`;
}

function range(option) {
  const [low, high] = option.type === 3 ? [option.min_length, option.max_length] : [option.min_value, option.max_value];
  if (option.choices.length) return "";
  if (low !== undefined && high !== undefined && option.type !== 3) return `, ${low} to ${high}`;
  if (high !== undefined) return option.type === 3 ? `, at most ${high} characters` : `, at most ${high}`;
  return low !== undefined && option.type !== 3 ? `, at least ${low}` : "";
}
