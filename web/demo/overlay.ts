import type { TimelineMessage } from "durable-rooms";
import type { MenuState } from "./message-menu.tsx";

/** What stands beside or before the conversation. */
export interface Overlay {
  /** What the composer is about. */
  about?: { kind: "reply" | "edit"; message: TimelineMessage } | undefined;
  panel?: { kind: "thread"; root: TimelineMessage } | { kind: "search" } | undefined;
  menu?: MenuState | undefined;
  reactionsOf?: TimelineMessage | undefined;
}
