// A process that floods a room: `node flooder.ts ADDRESS FRAMES`. Of its own, so that it does not slow down who measures.
// Prints how it was closed, as JSON.
import { Client } from "./client.ts";

const [address = "", frames = "0"] = process.argv.slice(2);
const client = new Client(address);
await client.open();
for (let n = 0; n < Number(frames) && client.socket.readyState === client.socket.OPEN; n++) {
  client.send({ type: "message", messageId: `flood-${n}`, message: "flood" });
}
const closed = await client.closed;
const refused = client.received.filter((text) => text.includes('"rate-limited"'));
console.log(JSON.stringify({ ...closed, refusals: refused.length, first: refused[0] }));
