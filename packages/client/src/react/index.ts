/** Hooks for React 18 and later. `useRoom` is where to begin; what it gives, the others take. */

export { type MessagesHandle, useMessages } from "./use-messages.ts";
export { type PresenceHandle, usePresence } from "./use-presence.ts";
export { type ReceiptsHandle, useReceipts } from "./use-receipts.ts";
export { type RoomHandle, type UseRoomOptions, useRoom } from "./use-room.ts";
export { type RoomHandlers, useRoomEvents } from "./use-room-events.ts";
export { type TypingHandle, useTyping } from "./use-typing.ts";
