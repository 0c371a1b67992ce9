/** What codes mean to people. */

import type { ConnectionState, RoomError } from "durable-rooms";

export type ShownState = "connecting" | "open" | "reconnecting" | "closed";

export const STATE_WORDS: Record<ShownState, string> = {
  connecting: "Connecting…",
  open: "Connected",
  reconnecting: "Reconnecting…",
  closed: "Disconnected",
};

export function shownState({ status }: ConnectionState, wasOpen: boolean): ShownState {
  if (status === "open" || status === "closed") return status;
  return wasOpen || status === "offline" ? "reconnecting" : "connecting";
}

/** Why it does not try again. */
export function whyClosed({
  code,
  reason,
  error,
}: {
  code: number;
  reason: string;
  error?: RoomError;
}) {
  switch (error?.code) {
    case "banned":
      return "You are banned from this room.";
    case "unauthorized":
      return "The server did not let you into this room: it wants a valid token.";
  }
  switch (code) {
    case 1008:
      return "The server did not let you into this room.";
    case 4000:
      return "The server does not accept this name or this room. Try others.";
    case 4001:
      return "A moderator has sent you out of this room.";
    case 4003:
      return "You are banned from this room.";
    case 4004:
      return "This window gave way to a newer connection of the same client.";
    case 4401:
      return "Your token has ended. Sign in again.";
    default:
      return `The server ended the connection for good (${reason || `code ${code}`}).`;
  }
}

/** Nothing for what passes by itself. */
export function inWords({ code, message }: RoomError): string | undefined {
  switch (code) {
    case "hole":
    case "closed":
    case "connection-failed":
    case "outbox-storage":
      return undefined;
    case "rate-limited":
      return "That was a lot at once. It goes on in a moment.";
    case "not-allowed":
      return "You may not do this in this room.";
    case "not-enabled":
      return "This room does not have this.";
    case "muted":
      return "You are muted, or too fast for this room.";
    case "unknown-message":
      return "This message is not there any more.";
    case "message-too-large":
      return "This message is too long.";
    case "timeout":
      return "The server did not answer. Try it again.";
    default:
      return message;
  }
}
