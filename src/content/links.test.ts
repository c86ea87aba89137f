import assert from "node:assert/strict";
import { test } from "node:test";
import { checkLink, signLink } from "./links.ts";

const key = Buffer.alloc(32, 1);
const older = Buffer.alloc(32, 2);
const target = { organizationId: 1, purpose: "download", name: 42, expiresAtMs: 1_800_000_000_999 } as const;
const before = 1_799_999_999_999;
const { expiresAtMs: _end, ...named } = target;

test("a link is valid until the second that it names, and expired from then on", () => {
  const link = { ...named, ...signLink(target, key) };
  assert.equal(link.expires, "1800000000");
  assert.equal(checkLink(link, [key], 0), "valid");
  assert.equal(checkLink(link, [key], before), "valid");
  assert.equal(checkLink(link, [key], before + 1), "expired");
});

test("a link whose target, time or signature was changed is forged, even when it has expired", () => {
  const link = { ...named, ...signLink(target, key) };
  const { expires, signature } = link;
  const forged = [
    { ...link, organizationId: 2 },
    { ...link, name: 43 },
    { ...link, organizationId: 14, name: 2 },
    { ...link, purpose: "package" as const },
    { ...link, purpose: "document" as const },
    ...["1800000001", "01800000000", "1800000000.0", " 1800000000", "18e8", "", "-1", "9".repeat(40)].map((other) => ({
      ...link,
      expires: other,
    })),
    ...["", "0", signature.slice(1), `${signature}0`, signature.toUpperCase(), "é".repeat(64), "0".repeat(64)].map(
      (other) => ({ ...link, signature: other }),
    ),
    ...Array.from(signature, (digit, index) => {
      const other = digit === "0" ? "1" : "0";
      return { ...link, signature: signature.slice(0, index) + other + signature.slice(index + 1) };
    }),
  ];
  for (const presented of forged) {
    for (const nowMs of [before, Number(expires) * 2_000]) {
      assert.equal(checkLink(presented, [key], nowMs), "forged", JSON.stringify(presented));
    }
  }
});

test("links that an older key signed stay valid as long as that key is kept", () => {
  const link = { ...named, ...signLink(target, older) };
  assert.equal(checkLink(link, [key, older], before), "valid");
  assert.equal(checkLink(link, [older, key], before), "valid");
  assert.equal(checkLink(link, [key], before), "forged");
  assert.equal(checkLink(link, [], before), "forged");
});

test("the parts of a link need no escaping in a URL", () => {
  const { expires, signature } = signLink(target, key);
  assert.match(expires, /^\d+$/);
  assert.match(signature, /^[0-9a-f]{64}$/);
});

test("a time that no link can name is refused", () => {
  for (const expiresAtMs of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e18]) {
    assert.throws(() => signLink({ ...target, expiresAtMs }, key), RangeError, `${expiresAtMs}`);
  }
});
