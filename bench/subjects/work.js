// What every server does with a message, and nothing that only one of them would do.

/** Where a Durable Object keeps its messages: one row each, found by nothing but their place. */
export class Log {
  #sql;
  #seq;

  constructor(sql) {
    this.#sql = sql;
    sql.exec(
      "CREATE TABLE IF NOT EXISTS messages (seq INTEGER PRIMARY KEY, id TEXT, user TEXT, text TEXT, at INTEGER)",
    );
    this.#seq = sql.exec("SELECT coalesce(max(seq), 0) AS seq FROM messages").one().seq;
  }

  append(id, user, text) {
    const place = { seq: ++this.#seq, timestamp: Date.now() };
    this.#sql.exec(
      "INSERT INTO messages (seq, id, user, text, at) VALUES (?, ?, ?, ?, ?)",
      ...[place.seq, id, user, text, place.timestamp],
    );
    return place;
  }
}

export const welcome = (userId) => ({ type: "welcome", userId });

export const ack = (messageId, place) => ({ type: "ack", messageId, ...place });

export const newMessage = (messageId, message, userId, { seq, timestamp }) => ({
  type: "new-message",
  messageId,
  message,
  userId,
  username: userId,
  timestamp,
  seq,
});

/** What a backend has published. */
export const news = ({ type, payload }, { seq, timestamp }) => ({ type, payload, timestamp, seq });

export const userJoined = (userId, totalUsers) => ({
  type: "user-joined",
  userId,
  username: userId,
  totalUsers,
  timestamp: Date.now(),
});

export const onlineUsers = (userIds) => ({
  type: "online-users",
  users: userIds.map((userId) => ({ userId, username: userId })),
});
