// Whether what sockets send is compressed: by the flag of the deployment, and where that allows it by party.
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { WebSocket } from "ws";
import { durableRooms, serve } from "../../bench/lib/workerd.mjs";

const PARTIES = JSON.stringify({
  plain: { kind: "chat" },
  compressed: { kind: "chat", compression: true },
});

/** What a client that offers compression as browsers do is answered, and the first frame that it gets. */
async function connect(url: string, party: string, perMessageDeflate = true) {
  const socket = new WebSocket(`${url}/parties/${party}/room?userId=ann`, { perMessageDeflate });
  const [frame] = await once(socket, "message");
  const { extensions } = socket;
  socket.close();
  return { extensions, type: JSON.parse(String(frame)).type };
}

test("where the runtime compresses, a party has it or has not as it says", async (t) => {
  const server = await serve(durableRooms({ AUTH_MODE: "open", PARTIES }, []));
  t.after(server.stop);
  const plain = { extensions: "", type: "welcome" };
  // A client fails if it is answered an extension that it did not offer.
  assert.deepEqual(await connect(server.url, "plain"), plain);
  assert.deepEqual(await connect(server.url, "compressed"), {
    ...plain,
    extensions: "permessage-deflate",
  });
  assert.deepEqual(await connect(server.url, "compressed", false), plain);
});

test("the flag of the deployment turns it off, and a party that wants it nevertheless is a fault", async (t) => {
  const server = await serve(
    durableRooms({ AUTH_MODE: "open", PARTIES: JSON.stringify({ plain: { kind: "chat" } }) }),
  );
  t.after(server.stop);
  assert.deepEqual(await connect(server.url, "plain"), { extensions: "", type: "welcome" });

  const wrong = await serve(durableRooms({ AUTH_MODE: "open", PARTIES }));
  t.after(wrong.stop);
  const answer = await fetch(`${wrong.url.replace("ws", "http")}/health`);
  assert.equal(answer.status, 500);
  const { code, detail } = (await answer.json()) as { code: string; detail: string };
  assert.equal(code, "misconfigured");
  assert.match(detail, /PARTIES\.compressed\.compression: .*no_web_socket_compression/);
});
