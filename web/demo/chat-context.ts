import type { MessageRef, Room, TimelineMessage } from "durable-rooms";
import { createContext, use } from "react";

/** What every part of a room may need: who one is, and what one may do. Changes hardly ever. */
export interface ChatContext {
  room: Room;
  me: string;
  /** Guests change nothing that is said; admins may remove what others have said. */
  role: "guest" | "user" | "admin";
  canReact: boolean;
  reply(message: TimelineMessage): void;
  edit(message: TimelineMessage): void;
  openThread(message: TimelineMessage): void;
  /** Shows a message where it stands, however far up; `false` if it is not to be found. */
  jumpTo(message: MessageRef): Promise<boolean>;
  react(message: TimelineMessage, emoji: string): void;
  remove(message: TimelineMessage): void;
  showReactions(message: TimelineMessage): void;
  retry(message: TimelineMessage): void;
  discard(message: TimelineMessage): void;
  /** Takes a refused message back into the composer. */
  takeBack(message: TimelineMessage): void;
  openMenu(message: TimelineMessage, at: HTMLElement): void;
}

export const Chat = createContext<ChatContext | undefined>(undefined);

export function useChat(): ChatContext {
  const chat = use(Chat);
  if (chat === undefined) throw new Error("This is not inside of a chat.");
  return chat;
}

export const mayEdit = ({ role }: ChatContext, { isOwn, deleted, seq }: TimelineMessage): boolean =>
  isOwn && role !== "guest" && !deleted && seq !== undefined;

export const mayRemove = (
  { role }: ChatContext,
  { isOwn, deleted, seq }: TimelineMessage,
): boolean => (role === "admin" || (isOwn && role === "user")) && !deleted && seq !== undefined;
