import { once } from "node:events";
import { createServer } from "node:net";

// Below what a system hands out by itself (from 32768 on Linux, from 49152 elsewhere): a port of those may
// become somebody else's while a server that means to come back to it is away.
const LOWEST = 20_000;
const HIGHEST = 32_000;
const ATTEMPTS = 20;

/** A port that nobody listens on, for a server that comes back where it was. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if (await isFree(port)) return port;
  }
  throw new Error(`No free port between ${LOWEST} and ${HIGHEST}.`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, "localhost");
  try {
    await once(server, "listening");
  } catch {
    return false;
  }
  server.close();
  await once(server, "close");
  return true;
}
