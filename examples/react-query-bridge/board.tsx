/**
 * A task board on TanStack Query. The room of the project says what has changed, and the queries fetch it: events stay
 * small, and what is shown always comes from the API. `TASK_CREATED`, `TASK_UPDATED`, `TASK_STATUS_CHANGED`,
 * `TASK_DELETED` and `TASK_ASSIGNED` make `["tasks", projectId]` and `["task", taskId]` stale by themselves.
 *
 * Run it: put this file into an application with TanStack Query 5, install the client package, start the server with
 * `npm start` and the API of examples/project-api, and show `<Board>` inside a `QueryClientProvider`.
 */

import { useQuery } from "@tanstack/react-query";
import { useProjectRealtime } from "durable-rooms/react-query";
import { useState } from "react";

export interface Task {
  id: string;
  title: string;
  status: string;
}

export interface BoardProps {
  /** The host of the rooms. */
  host: string;
  projectId: string;
  userId: string;
  /** Asks the application's API. */
  fetchTasks(projectId: string): Promise<Task[]>;
}

export function Board({ host, projectId, userId, fetchTasks }: BoardProps) {
  const [notice, setNotice] = useState("");
  const { connection } = useProjectRealtime(projectId, userId, {
    host,
    // More events of the application, and the queries that they make stale.
    keys: { COMMENT_ADDED: (_event, project) => [["comments", project]] },
    onEvent: ({ type, payload }) => {
      const { userName } = (payload ?? {}) as { userName?: string };
      if (type === "USER_JOINED") setNotice(`${userName} is here`);
      if (type === "USER_LEFT") setNotice(`${userName} has left`);
    },
  });
  const { data: tasks = [] } = useQuery({
    queryKey: ["tasks", projectId],
    queryFn: () => fetchTasks(projectId),
  });

  return (
    <section>
      <p>
        {connection.status === "open" ? "Live" : "Not live"} {notice}
      </p>
      <ul>
        {tasks.map(({ id, title, status }) => (
          <li key={id}>
            {title}: {status}
          </li>
        ))}
      </ul>
    </section>
  );
}
