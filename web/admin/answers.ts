/** What the HTTP API answers: docs/protocol.md, section 6. Times are milliseconds since 1970. */

/** Frames that one minute has seen. */
export interface Minute {
  /** When it began. */
  at: number;
  received: number;
  sent: number;
  rejects: number;
}

export interface WebhookCounts {
  waiting: number;
  dead: number;
}

export interface Counters {
  received: number;
  sent: number;
  receivedBytes: number;
  sentBytes: number;
  acks: number;
  published: number;
  wakeUps: number;
  connects: number;
}

export interface PartyStats {
  rooms: number;
  connections: number;
  users: number;
  counters: Counters;
  /** Error code to how often. */
  rejects: Record<string, number>;
}

/** `GET /stats` */
export interface Stats {
  serverTime: number;
  totals: { rooms: number; connections: number; users: number; webhooks: WebhookCounts };
  /** By name; under the empty name what was refused before it led to a party. */
  parties: Record<string, PartyStats>;
  /** An hour of them, oldest first. */
  minutes: Minute[];
}

export interface LiveRoom {
  party: string;
  room: string;
  connections: number;
  users: number;
  since: number;
  lastActivity: number;
  /** Frames and events a minute, oldest first; the last one is the current minute. */
  activity: number[];
  webhooks: WebhookCounts;
}

export type RoomsSort = "name" | "connections" | "activity";

/** `GET /rooms` */
export interface RoomsPage {
  rooms: LiveRoom[];
  /** Where the next page begins; absent on the last one. */
  next?: string;
}

/** Somebody in `GET …/presence`; `status` is left out when active, `devices` when there is one. */
export interface PresentUser {
  userId: string;
  username: string;
  meta?: unknown;
  status?: "active" | "idle" | "away";
  devices?: number;
}

export interface Presence {
  users: PresentUser[];
  totalUsers: number;
  connections: number;
}

/** `GET …/stats` */
export interface RoomStats {
  connections: number;
  users: number;
  epoch: string;
  seq: number;
  firstSeq: number;
}

/** An entry of `GET …/audit`. */
export interface AuditEntry {
  at: number;
  actor: string;
  action: string;
  userId?: string;
  connectionId?: string;
  until?: number;
  seconds?: number;
  issuedBefore?: number;
  reason?: string;
  closed?: number;
  erased?: number;
}

/** An event that could not be delivered. `to` is the room of one that went to a room. */
export interface DeadLetter {
  id: string;
  type: string;
  at: number;
  attempts: number;
  error: string;
  to?: string;
}

/** `GET …/webhooks` */
export interface Webhooks {
  waiting: number;
  attempts: number;
  nextAttemptAt?: number;
  lastError?: string;
  dead: DeadLetter[];
}

/** What publishing one event gives. */
export interface Published {
  id: string;
  seq?: number;
  delivered: number;
}

/** What a moderation call gives. */
export interface Moderated {
  action: string;
  userId?: string;
  closed: number;
}
