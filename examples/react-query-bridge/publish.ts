/**
 * What the backend does after it has written to its database: one POST to the room of the project. It needs nothing
 * but `fetch`, so it runs on Node, in a Worker, or anywhere else.
 *
 * `key` is the secret `BROADCAST_KEY` of the deployment; after `npm start` it stands in `.dev.vars`.
 */

export interface Rooms {
  /** `https://rooms.example.com` */
  url: string;
  key: string;
}

export interface TaskChange {
  type: "TASK_CREATED" | "TASK_UPDATED" | "TASK_STATUS_CHANGED" | "TASK_DELETED" | "TASK_ASSIGNED";
  taskId: string;
  /** What a list can show before it has fetched again; the rest is for the API. */
  fields?: Record<string, unknown>;
}

/**
 * Tells everybody at the project, except the user who made the change: their page knows already. Do not let a request
 * wait for it or fail with it: real time is an extra.
 */
export async function taskChanged(
  { url, key }: Rooms,
  projectId: string,
  { type, taskId, fields }: TaskChange,
  excludeUserId?: string,
): Promise<{ delivered: number }> {
  const answer = await fetch(`${url}/parties/main/${encodeURIComponent(projectId)}`, {
    method: "POST",
    headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
    body: JSON.stringify({ type, payload: { taskId, ...fields }, excludeUserId }),
    signal: AbortSignal.timeout(5_000),
  });
  // Errors are problem documents: `code` is one of docs/protocol.md, section 5.
  if (!answer.ok) throw new Error(`Not published (${answer.status}): ${await answer.text()}`);
  return answer.json() as Promise<{ delivered: number }>;
}
