import type { TimelineMessage } from "durable-rooms";
import type { PresenceHandle, ReceiptsHandle } from "durable-rooms/react";
import { useMemo } from "react";
import { listed } from "../shared/names.ts";

/** Who is called what, also of those who have left; what was heard last holds. */
export function useNames(
  messages: readonly TimelineMessage[],
  { users }: PresenceHandle,
  { others }: ReceiptsHandle,
): (userId: string) => string {
  return useMemo(() => {
    const names = new Map<string, string>();
    for (const [userId, { username }] of others) if (username) names.set(userId, username);
    for (const { userId, username } of messages) names.set(userId, username);
    for (const { userId, username } of users) names.set(userId, username);
    return (userId) => names.get(userId) ?? userId;
  }, [messages, users, others]);
}

/** How far an own message has come: "Read by Bob", "Delivered". */
export function progressIn(
  { seq, status }: TimelineMessage,
  { others }: ReceiptsHandle,
  nameOf: (userId: string) => string,
): string {
  switch (status) {
    case undefined:
      return "";
    case "sending":
      return "Sending…";
    case "failed":
      return "Not sent";
    case "sent":
      return "Sent";
    case "delivered":
      return "Delivered";
    case "read": {
      const readers = [...others].filter(([, { read }]) => read >= (seq ?? 0));
      return `Read by ${listed(readers.map(([userId]) => nameOf(userId)))}`;
    }
  }
}
