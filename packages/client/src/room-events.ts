import type { ConnectionState } from "./connection.ts";
import type { RoomError } from "./error.ts";
import type { OtherFrame, Position, PublishedEvent, ServerFrame } from "./protocol.ts";

/**
 * What `room.on` can listen to: one event for each type of frame, and those that are not frames. Of what comes twice
 * (after a reconnect) the second is not heard.
 */
export type RoomEvents = {
  [Type in Exclude<ServerFrame["type"], "error">]: Extract<ServerFrame, { type: Type }>;
} & {
  state: ConnectionState;
  /** Nothing was lost: all that was missed (`missed` entries) has been delivered. */
  recovered: { missed: number };
  /** What was known is worth nothing any more; the latest page is loaded anew. */
  reset: { position: Position };
  /** A refusal that no promise tells of, or a failure on this side. */
  error: RoomError;
  /** What the backend published. */
  published: PublishedEvent;
  /** Every frame, also of types that this version does not know. */
  frame: OtherFrame;
};
