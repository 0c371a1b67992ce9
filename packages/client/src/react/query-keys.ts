import type { QueryKey } from "@tanstack/react-query";
import type { PublishedEvent } from "../protocol.ts";

/** The queries that an event makes stale; each with all that begin with it. */
export type KeysOfEvent = (event: PublishedEvent, projectId: string) => readonly QueryKey[];

/** The list of tasks, and the task that the event names. */
export const taskKeys: KeysOfEvent = ({ payload }, projectId) => {
  const { taskId } = (payload ?? {}) as { taskId?: unknown };
  const list: QueryKey = ["tasks", projectId];
  return taskId === undefined ? [list] : [list, ["task", taskId]];
};

/** What is done about an event unless the application says otherwise. */
export const DEFAULT_KEYS: Readonly<Record<string, KeysOfEvent>> = {
  TASK_CREATED: taskKeys,
  TASK_UPDATED: taskKeys,
  TASK_STATUS_CHANGED: taskKeys,
  TASK_DELETED: taskKeys,
  TASK_ASSIGNED: taskKeys,
};
