import assert from "node:assert/strict";
import { test } from "node:test";
import { mailSettings } from "../../../mail/settings.ts";
import { checkSetting } from "../../../settings.ts";
import { templateSettings } from "./templates.ts";

const list = [...mailSettings.list, ...templateSettings.list];

const check = (name: string, value: unknown) => checkSetting(list, name, value);

test("templates and a sender that can be used are taken", () => {
  assert.equal(check("mail.from", "Card Shop <shop@example.com>"), undefined);
  assert.equal(check("mail.subject", "{{ product.name }} ({{ cards.size }})"), undefined);
  const text =
    "{% for card in cards %}{{ card.number }} {{ card.pin }} {{ card.balance }}{{ card.currency }}{% endfor %}";
  assert.equal(check("mail.text", text), undefined);
  assert.equal(check("mail.html", `<p>{{ organization.name }} ${text} {{ sale.number }}</p>`), undefined);
});

test("a sender that is no mailbox and a template that would break are refused with a sentence", () => {
  for (const value of ["shop", "a@example.com, b@example.com", "Shop\n<shop@example.com>", ""]) {
    assert.match(check("mail.from", value) ?? "", /^mail\.from must be an address/, value);
  }
  const broken = ["{% for card in cards %}", "{{ card.pni }}", "{{ cards | nofilter }}", "{% include 'x' %}", "{{"];
  for (const value of broken) {
    assert.match(check("mail.text", value) ?? "", /^mail\.text is a template that cannot/, value);
  }
});

test("a setting that there is not is refused and the others are named", () => {
  const problem = check("mail.colour", "red");
  for (const { name } of list) assert.ok(problem?.includes(name), name);
});

test("a template reaches neither files nor what is inherited, and cannot go on for ever", () => {
  const attacks = [
    "{% include '/etc/passwd' %}",
    "{% render '../package.json' %}",
    "{% layout '/etc/passwd' %}",
    "{{ cards.constructor }}",
    "{{ organization.__proto__ }}",
    "{% for a in (1..100000000) %}x{% endfor %}",
    "{% for a in (1..100000) %}{% for b in (1..100000) %}{% endfor %}{% endfor %}",
    "x".repeat(100_001),
  ];
  for (const value of attacks) {
    assert.notEqual(check("mail.text", value), undefined, value.slice(0, 60));
  }
});

test("what is unset, blank or of another kind counts as unset", () => {
  const map = (values: Record<string, unknown>) => new Map(Object.entries(values));
  assert.equal(mailSettings.read(map({})).from, undefined);
  assert.equal(mailSettings.read(map({ "mail.from": 7 })).from, undefined);
  assert.equal(templateSettings.read(map({ "mail.text": " \n" })).text, undefined);
  assert.equal(templateSettings.read(map({ "mail.text": "{{ x }}" })).text, "{{ x }}");
});
