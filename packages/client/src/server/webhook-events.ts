/** What webhooks tell: docs/webhooks.md. */

/** An entry of the log, as a client that comes back gets it. */
export interface WebhookFrame {
  type: string;
  /** Dense from 1 within an epoch. */
  seq: number;
  [field: string]: unknown;
}

/** Which room it is. */
export interface WebhookRoom {
  party: string;
  room: string;
  /** Names one incarnation of the room's history: what has another epoch is another history. */
  epoch: string;
}

/** Who has come or gone. */
export interface WebhookMember extends WebhookRoom {
  userId: string;
  username: string;
  /** How many users are here now. */
  totalUsers: number;
}

interface Told<Type extends string, Data> {
  /** The same at every repetition. */
  id: string;
  type: Type;
  /** When it happened, in ISO 8601. */
  timestamp: string;
  data: Data;
}

export type WebhookEvent =
  | Told<"room.occupied" | "room.vacated" | "room.deleted", WebhookRoom>
  | Told<"member.joined" | "member.left", WebhookMember>
  | Told<"messages.appended", WebhookRoom & { messages: WebhookFrame[] }>;
