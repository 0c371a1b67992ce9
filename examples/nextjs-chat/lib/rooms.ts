/**
 * Where the rooms are, and who is here. In an application both come from its configuration and its sign-in.
 * The host is a variable of the page: `NEXT_PUBLIC_ROOMS_HOST=localhost:8787` in `.env.local`.
 */

declare const process: { env: { NEXT_PUBLIC_ROOMS_HOST?: string } };

export const ROOMS_HOST = process.env.NEXT_PUBLIC_ROOMS_HOST ?? "localhost:8787";

export interface User {
  id: string;
  username: string;
}

/** Stands for the session of the application: a name for as long as the page is open. */
export const user: User = { id: `user-${Date.now().toString(36)}`, username: "John" };

/** Asked for each connection and each renewal. The route signs a token with `JWT_SECRET`: see docs/client.md. */
export async function roomToken(room: string): Promise<string> {
  const answer = await fetch(`/api/room-token?room=${encodeURIComponent(room)}`);
  if (!answer.ok) throw new Error(`The token route answered ${answer.status}.`);
  return answer.text();
}
