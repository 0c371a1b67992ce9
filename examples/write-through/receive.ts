/**
 * Takes webhooks, and writes messages and who is here into Postgres.
 *
 * Run it (Node 22.18 or newer): `npm run build:client` in the root of the repository, `npm install` here, then
 *
 *     WEBHOOK_SECRET=whsec_… npm start
 *
 * and the server with the same secret, and a party that names this address:
 *
 *     chatroom = { kind = "chat", webhook = { url = "http://127.0.0.1:3002/rooms" } }
 *
 * Without DATABASE_URL it brings its own Postgres, in memory or in the folder that DATABASE names.
 */

import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { verifyWebhook, WebhookError } from "durable-rooms/server";
import { open } from "./database.ts";
import { write } from "./store.ts";

const { PORT = "3002", WEBHOOK_SECRET } = process.env;
if (!WEBHOOK_SECRET) throw new Error("Set WEBHOOK_SECRET to that of the server.");
const database = await open();

/** Webhooks of 100 entries, each of them long, and others are never that long. */
const MAX_BYTES = 2 * 1024 * 1024;

async function take(request: IncomingMessage): Promise<number> {
  if (request.method !== "POST") return 405;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) return 413;
    chunks.push(chunk);
  }
  // The bytes as they came: those are what is signed.
  const event = await verifyWebhook(Buffer.concat(chunks), request.headers, WEBHOOK_SECRET ?? "");
  await write(database, event);
  console.log(`${event.type} ${event.data.party}/${event.data.room}`);
  // Only now: what is answered with 2xx never comes again.
  return 204;
}

const server = createServer((request, response) => {
  take(request).then(
    (status) => response.writeHead(status).end(),
    (error) => {
      console.error(error instanceof Error ? error.message : error);
      // Anything but 2xx comes again, and is in order then.
      response.writeHead(error instanceof WebhookError ? 401 : 500).end();
    },
  );
});

server.listen(Number(PORT), "127.0.0.1", () => {
  console.log(`Listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
