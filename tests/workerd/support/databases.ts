// The databases of rooms, while the server that keeps them is down.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Does something to the one object's database in which `find` (with `value` for its `?`) counts a row. */
export function tamper(
  persistTo: string,
  find: string,
  value: string,
  sql: string,
  table: "history" | "parties" = "history",
): void {
  const files = readdirSync(persistTo, { recursive: true, encoding: "utf8" });
  const databases = files.filter((name) => /[0-9a-f]{64}\.sqlite$/.test(name));
  const touched = databases.filter((name) => {
    const database = new DatabaseSync(join(persistTo, name));
    // Storage of the tools is among them.
    const tables = database.prepare("SELECT name FROM sqlite_master").all();
    const isOfKind = tables.some(({ name }) => name === table);
    const ours = isOfKind && database.prepare(find).get(value)?.n === 1;
    if (ours) database.exec(sql);
    database.close();
    return ours;
  });
  assert.equal(touched.length, 1, "the object's database was found");
}
