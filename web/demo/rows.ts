/** What the log shows from top to bottom: messages, and the lines between them. Pure. */

import type { TimelineMessage } from "durable-rooms";
import { dayOf, isSameDay } from "../shared/times.ts";

export interface Notice {
  key: string;
  text: string;
  timestamp: number;
}

export type Row =
  | { kind: "day"; key: string; text: string }
  | { kind: "unread"; key: string }
  | { kind: "notice"; key: string; text: string }
  | { kind: "message"; key: string; message: TimelineMessage; isContinuation: boolean };

/** Messages of one person that follow each other this closely share one name and one avatar. */
const SAME_BREATH_MS = 5 * 60_000;

/** @param unreadAfter The seq after which the messages of others were new; nothing if none are. */
export function rowsOf(
  messages: readonly TimelineMessage[],
  notices: readonly Notice[],
  unreadAfter: number | undefined,
): Row[] {
  const rows: Row[] = [];
  const waiting = [...notices];
  let day: number | undefined;
  let isMarked = unreadAfter === undefined;
  let previous: TimelineMessage | undefined;

  const dayBefore = (timestamp: number) => {
    if (day !== undefined && isSameDay(day, timestamp)) return;
    // The first message of a day may change when earlier ones are loaded, the day does not.
    const text = dayOf(timestamp);
    rows.push({ kind: "day", key: `day ${new Date(timestamp).toDateString()}`, text });
    day = timestamp;
    previous = undefined;
  };
  const noticesBefore = (timestamp: number) => {
    while (waiting[0] !== undefined && waiting[0].timestamp < timestamp) {
      const { key, text, timestamp } = waiting.shift() as Notice;
      dayBefore(timestamp);
      rows.push({ kind: "notice", key, text });
      previous = undefined;
    }
  };

  for (const message of messages) {
    // What the room does not have yet stands below all others, whatever its clock says.
    noticesBefore(message.seq === undefined ? Number.POSITIVE_INFINITY : message.timestamp);
    dayBefore(message.timestamp);
    if (!isMarked && !message.isOwn && (message.seq ?? 0) > (unreadAfter ?? 0)) {
      isMarked = true;
      rows.push({ kind: "unread", key: "unread" });
      previous = undefined;
    }
    const isContinuation =
      previous?.userId === message.userId &&
      previous.isOwn === message.isOwn &&
      message.timestamp - previous.timestamp < SAME_BREATH_MS;
    rows.push({ kind: "message", key: message.key, message, isContinuation });
    previous = message;
  }
  noticesBefore(Number.POSITIVE_INFINITY);
  return rows;
}
