/** The tasks, in SQLite. What is in here has nothing to do with rooms. */
import { randomUUID } from "node:crypto";
import { DatabaseSync } from "node:sqlite";

export interface Task {
  id: string;
  projectId: string;
  title: string;
  status: string;
  priority: string;
  assigneeId: string | null;
}

export type NewTask = Pick<Task, "title"> & Partial<Pick<Task, "status" | "priority">>;
export type TaskChange = Partial<Omit<Task, "id" | "projectId">>;

const COLUMNS = "id, project_id AS projectId, title, status, priority, assignee_id AS assigneeId";

export class Tasks {
  readonly #database: DatabaseSync;

  constructor(file: string) {
    this.#database = new DatabaseSync(file);
    this.#database.exec(`CREATE TABLE IF NOT EXISTS tasks (
      id TEXT PRIMARY KEY, project_id TEXT NOT NULL, title TEXT NOT NULL, status TEXT NOT NULL,
      priority TEXT NOT NULL, assignee_id TEXT
    ) STRICT`);
  }

  of(projectId: string): Task[] {
    const query = `SELECT ${COLUMNS} FROM tasks WHERE project_id = ? ORDER BY rowid`;
    return this.#database.prepare(query).all(projectId) as unknown as Task[];
  }

  find(projectId: string, id: string): Task | undefined {
    const query = `SELECT ${COLUMNS} FROM tasks WHERE project_id = ? AND id = ?`;
    return this.#database.prepare(query).get(projectId, id) as unknown as Task | undefined;
  }

  create(projectId: string, { title, status = "todo", priority = "normal" }: NewTask): Task {
    const task = { id: randomUUID(), projectId, title, status, priority, assigneeId: null };
    this.#database
      .prepare("INSERT INTO tasks VALUES (?, ?, ?, ?, ?, NULL)")
      .run(task.id, projectId, title, status, priority);
    return task;
  }

  change(task: Task, change: TaskChange): Task {
    const { id, title, status, priority, assigneeId } = { ...task, ...change };
    this.#database
      .prepare("UPDATE tasks SET title = ?, status = ?, priority = ?, assignee_id = ? WHERE id = ?")
      .run(title, status, priority, assigneeId, id);
    return { ...task, title, status, priority, assigneeId };
  }

  delete({ id }: Task): void {
    this.#database.prepare("DELETE FROM tasks WHERE id = ?").run(id);
  }
}
