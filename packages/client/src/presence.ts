/** Who is here. Pure. */

import type {
  OnlineUsersFrame,
  PresenceDiffFrame,
  PresentUser,
  UserJoinedFrame,
  UserLeftFrame,
  UserUpdatedFrame,
} from "./protocol.ts";

export interface People {
  /** By user id, in the order in which they came; a user with several devices is here once. */
  users: ReadonlyMap<string, PresentUser>;
  /** How many there are, as the room says. */
  total: number;
}

export type PresenceFrame =
  | OnlineUsersFrame
  | UserJoinedFrame
  | UserLeftFrame
  | UserUpdatedFrame
  | PresenceDiffFrame;

export const NOBODY: People = { users: new Map(), total: 0 };

export function withPresence(people: People, frame: PresenceFrame): People {
  const users = new Map(frame.type === "online-users" ? [] : people.users);
  const put = ({ userId, username, meta, status, devices }: PresentUser) =>
    users.set(userId, {
      userId,
      username,
      ...(meta !== undefined && { meta }),
      ...(status !== undefined && { status }),
      ...(devices !== undefined && { devices }),
    });
  switch (frame.type) {
    case "online-users":
      frame.users.forEach(put);
      break;
    case "user-joined":
    case "user-updated":
      put(frame);
      break;
    case "user-left":
      users.delete(frame.userId);
      break;
    case "presence-diff":
      for (const { userId } of frame.left) users.delete(userId);
      frame.joined.forEach(put);
      frame.updated.forEach(put);
  }
  return { users, total: "totalUsers" in frame ? frame.totalUsers : users.size };
}
