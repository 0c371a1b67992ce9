/** The one place that knows of the rooms: the rest of the API calls `broadcastTaskEvent` and is done. */
import { createPublisher } from "durable-rooms/server";

const { ROOMS_URL = "http://localhost:8787", BROADCAST_KEY } = process.env;

export const { broadcastTaskEvent, settled } = createPublisher({
  url: ROOMS_URL,
  key: BROADCAST_KEY ?? "only-for-development-broadcast-key",
  // No answer of the API waits for the rooms, and none fails with them: real time is an extra.
  background: true,
  onError: ({ code, message }, { types, rooms, attempts }) =>
    console.error(
      `Not published (${code}, ${attempts} attempts): ${types} to ${rooms}. ${message}`,
    ),
});
