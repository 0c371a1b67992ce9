import assert from "node:assert/strict";
import { test } from "node:test";
import { addressOf } from "../src/address.ts";

const of = (host: string) => addressOf({ host, room: "r" }, {}).replace(/\/parties.*/, "");

test("hosts of the own network are reached in the clear, others are not", () => {
  for (const host of ["localhost:8787", "127.0.0.1:1", "192.168.1.2", "10.0.0.1", "172.16.0.1"]) {
    assert.equal(of(host), `ws://${host}`);
  }
  assert.equal(of("[::1]:8787"), "ws://[::1]:8787");
  for (const host of ["rooms.example.com", "172.15.0.1", "10.example.com", "localhost.evil.com"]) {
    assert.equal(of(host), `wss://${host}`);
  }
});

test("a scheme decides, and a slash at the end does no harm", () => {
  assert.equal(of("http://rooms.example.com/"), "ws://rooms.example.com");
  assert.equal(of("https://localhost:8787"), "wss://localhost:8787");
  assert.equal(of("wss://localhost"), "wss://localhost");
});

test("names are encoded, and what is undefined is left out", () => {
  const address = { host: "h.example", party: "a b", room: "x/y?&" };
  assert.equal(
    addressOf(address, { userId: "é&", token: undefined, since: "" }),
    "wss://h.example/parties/a%20b/x%2Fy%3F%26?userId=%C3%A9%26&since=",
  );
});
