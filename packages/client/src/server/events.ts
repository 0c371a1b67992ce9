/** An event, and to whom it goes. */
export interface RoomEvent {
  /** 1 to 128 characters. */
  type: string;
  /** Any JSON; delivered as it is. */
  payload: unknown;
  /** Milliseconds since 1970; the room's clock if left out. */
  timestamp?: number;
  /** Nobody of this user gets it. */
  excludeUserId?: string | undefined;
  /** This connection does not get it. */
  excludeConnectionId?: string | undefined;
  /** Only these users get it. */
  onlyUserIds?: readonly string[];
  /** Whether to keep it in the history; the party's own choice if left out. */
  persist?: boolean;
}

/** What happens to the tasks of a project. */
export const BroadcastEvent = {
  TASK_CREATED: "TASK_CREATED",
  TASK_UPDATED: "TASK_UPDATED",
  TASK_STATUS_CHANGED: "TASK_STATUS_CHANGED",
  TASK_DELETED: "TASK_DELETED",
  TASK_ASSIGNED: "TASK_ASSIGNED",
} as const;

/** One of the values of the table of this name. */
export type BroadcastEvent = (typeof BroadcastEvent)[keyof typeof BroadcastEvent];

/** What a list can show before it has fetched the task again; the rest is for the API. */
export interface TaskFields {
  status?: string;
  priority?: string;
  createdBy?: string;
  assigneeId?: string;
  /** With `assigneeId`: no longer assigned. */
  removed?: boolean;
  [field: string]: unknown;
}
