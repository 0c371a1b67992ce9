/**
 * What webhooks tell, as rows. A webhook may come twice, so each of these does the same the second time: entries are found by
 * room, epoch and seq, members by room and user.
 */

import type { WebhookEvent } from "durable-rooms/server";
import type { Database } from "./database.ts";

export async function write(database: Database, { type, data }: WebhookEvent): Promise<void> {
  const { party, room, epoch } = data;
  switch (type) {
    case "messages.appended":
      // One statement for all of them, so all or none.
      await database.query(
        `INSERT INTO entries (party, room, epoch, seq, type, entry)
         SELECT $1, $2, $3, (entry->>'seq')::bigint, entry->>'type', entry
         FROM jsonb_array_elements($4::jsonb) AS entry
         ON CONFLICT DO NOTHING`,
        [party, room, epoch, JSON.stringify(data.messages)],
      );
      return;
    case "member.joined":
      await database.query(
        `INSERT INTO members (party, room, user_id, username) VALUES ($1, $2, $3, $4)
         ON CONFLICT (party, room, user_id) DO UPDATE SET username = excluded.username`,
        [party, room, data.userId, data.username],
      );
      return;
    case "member.left":
      await database.query("DELETE FROM members WHERE party = $1 AND room = $2 AND user_id = $3", [
        party,
        room,
        data.userId,
      ]);
      return;
    case "room.deleted":
      await database.query("DELETE FROM entries WHERE party = $1 AND room = $2 AND epoch = $3", [
        party,
        room,
        epoch,
      ]);
      await database.query("DELETE FROM members WHERE party = $1 AND room = $2", [party, room]);
      return;
    case "room.occupied":
    case "room.vacated":
      return;
  }
}
