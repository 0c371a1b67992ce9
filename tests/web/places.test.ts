// Addresses and lists: where one is, which rooms one sees, which rows are in view, what can be published.
import assert from "node:assert/strict";
import { test } from "node:test";
import { bodyOf, FIRST_DRAFT, faultsOf } from "../../web/admin/draft.ts";
import { exactTime, fullTime, isoTime } from "../../web/admin/moments.ts";
import { addressOfRoom, placeOf } from "../../web/admin/place.ts";
import { addressOf, FIRST_PAGE, matching } from "../../web/admin/rooms-query.ts";
import { rowsInView } from "../../web/admin/windowed.ts";

test("the address of a room leads to that room, whatever its name", () => {
  for (const room of ["r1", "a/b", "ünï 🎉", "#?&%", "..", "%2F"]) {
    const place = { party: "chatroom", room };
    assert.deepEqual(placeOf(addressOfRoom(place)), { kind: "room", ...place });
  }
});

test("whatever is no room's address is the overview", () => {
  for (const hash of ["", "#", "#/", "#/rooms/x", "#/rooms/x/", "#/rooms/x/y/z", "#/rooms/x/%ff"]) {
    assert.deepEqual(placeOf(hash), { kind: "overview" }, hash);
  }
});

test("only a list by name goes on after a page", () => {
  const pages = ["chatroom/r 1"];
  assert.equal(addressOf(FIRST_PAGE), "/rooms?limit=50&sort=activity");
  assert.equal(
    addressOf({ sort: "name", party: "main", pages }),
    "/rooms?limit=50&sort=name&party=main&after=chatroom%2Fr+1",
  );
  assert.equal(
    addressOf({ sort: "connections", party: "", pages }),
    "/rooms?limit=50&sort=connections",
  );
});

test("rooms are found by parts of party and name", () => {
  const room = { connections: 0, users: 0, since: 0, lastActivity: 0, activity: [] };
  const webhooks = { waiting: 0, dead: 0 };
  const rooms = ["Team Blue", "team red", "ops"].map((name) => ({
    ...room,
    webhooks,
    party: "chatroom",
    room: name,
  }));
  const found = (words: string) => matching(rooms, words).map(({ room }) => room);
  assert.deepEqual(found(" TEAM "), ["Team Blue", "team red"]);
  assert.deepEqual(found("chat blue"), ["Team Blue"]);
  assert.deepEqual(found("nobody"), []);
  assert.equal(found("").length, 3);
});

test("of a long list only what is in view is drawn, and a little around it", () => {
  assert.deepEqual(rowsInView(2000, 40, { top: 0, height: 400 }), [0, 18]);
  assert.deepEqual(rowsInView(2000, 40, { top: 4000, height: 400 }), [92, 118]);
  assert.deepEqual(rowsInView(3, 40, { top: 0, height: 400 }), [0, 3]);
  // The list has become shorter than where one was.
  assert.deepEqual(rowsInView(3, 40, { top: 4000, height: 400 }), [3, 3]);
});

test("a test event is sent when it has a type and its payload is JSON", () => {
  assert.deepEqual(faultsOf(FIRST_DRAFT), {});
  assert.deepEqual(bodyOf(FIRST_DRAFT), { type: "TEST_EVENT", payload: { hello: "world" } });
  const draft = { type: " X ", payload: "null", persist: true, excludeUserId: " bob " };
  assert.deepEqual(bodyOf(draft), {
    type: "X",
    payload: null,
    persist: true,
    excludeUserId: "bob",
  });
  assert.equal(faultsOf({ ...draft, type: " " }).type, "An event needs a type.");
  assert.equal(faultsOf({ ...draft, type: "x".repeat(129) }).type, "At most 128 characters.");
  assert.equal(faultsOf({ ...draft, type: "🎉".repeat(128) }).type, undefined);
  assert.match(faultsOf({ ...draft, payload: "{nope" }).payload ?? "", /^This is not JSON: /);
  assert.match(faultsOf({ ...draft, payload: " " }).payload ?? "", /at least null/);
});

test("a time that no calendar has does not break the page", () => {
  assert.equal(exactTime(Number.MAX_SAFE_INTEGER), "–");
  assert.equal(fullTime(Number.MAX_SAFE_INTEGER), "9007199254740991");
  assert.equal(isoTime(Number.MAX_SAFE_INTEGER), undefined);
  assert.equal(isoTime(0), "1970-01-01T00:00:00.000Z");
});
