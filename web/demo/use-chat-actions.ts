import type { MessageRef, Room, RoomError, TimelineMessage } from "durable-rooms";
import { type RefObject, useMemo } from "react";
import type { ChatContext } from "./chat-context.ts";
import type { ComposerHandle } from "./composer.tsx";
import type { Overlay } from "./overlay.ts";
import type { LogScroll } from "./use-log-scroll.ts";

/** Pages that are loaded at most to get to a message far up. */
const FAR_PAGES = 40;
const FAR_PAGE = 300;

/** How long a message that was led to stands out. */
const FOUND_MS = 1600;

type Actions = Omit<ChatContext, "room" | "me" | "role" | "canReact">;

export interface ChatActionsOptions {
  room: Room;
  scroll: LogScroll;
  composer: RefObject<ComposerHandle | null>;
  setOverlay: (change: (overlay: Overlay) => Overlay) => void;
  onError: (error: RoomError) => void;
  /** The room turns out to have no reactions. */
  onCannotReact: () => void;
}

/** What can be done with a message. The functions stay the same, so that messages need not be drawn anew. */
export function useChatActions({
  room,
  scroll: { log, rows, toRow },
  composer,
  setOverlay,
  onError,
  onCannotReact,
}: ChatActionsOptions): Actions {
  return useMemo(() => {
    const show = (change: Partial<Overlay>) => setOverlay((overlay) => ({ ...overlay, ...change }));
    const attempt = (asked: Promise<unknown>) => {
      asked.catch(onError);
    };
    return {
      reply: (message) => show({ about: { kind: "reply", message }, ...withoutCover() }),
      edit: (message) => show({ about: { kind: "edit", message }, ...withoutCover() }),
      openThread: (message) => show({ panel: { kind: "thread", root: message } }),
      openMenu: (message, at) => show({ menu: { message, at } }),
      showReactions: (message) => show({ reactionsOf: message }),
      react: (message, emoji) => {
        const isTakenBack = message.reacted.includes(emoji);
        const asked = isTakenBack ? room.unreact(message, emoji) : room.react(message, emoji);
        asked.catch((error: RoomError) => {
          if (error.code === "not-enabled") onCannotReact();
          onError(error);
        });
      },
      remove: (message) => attempt(room.delete(message)),
      // The list shows what comes of it.
      retry: ({ messageId }) => void room.retry(messageId).catch(() => {}),
      discard: ({ messageId }) => room.discard(messageId),
      takeBack: ({ messageId, message }) => {
        room.discard(messageId);
        composer.current?.putBack(message);
      },
      jumpTo: async (ref) => {
        const message = await load(room, ref);
        if (message === undefined) return false;
        // Until it is drawn.
        await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
        const row = rows.current?.querySelector<HTMLElement>(
          `[data-key="${CSS.escape(message.key)}"]`,
        );
        if (!row) return false;
        toRow(row);
        row.dataset.found = "";
        setTimeout(() => delete row.dataset.found, FOUND_MS);
        if (log.current?.contains(document.activeElement)) row.focus({ preventScroll: true });
        return true;
      },
    };
  }, [room, log, rows, toRow, composer, setOverlay, onError, onCannotReact]);
}

/** On a phone a panel stands before the composer. */
function withoutCover(): Partial<Overlay> {
  return matchMedia("(min-width: 48rem)").matches ? {} : { panel: undefined };
}

async function load(room: Room, ref: MessageRef): Promise<TimelineMessage | undefined> {
  for (let page = 0; page <= FAR_PAGES; page += 1) {
    const { messages, hasEarlier } = room.messages.getSnapshot();
    const found = messages.find(({ seq, messageId }) =>
      typeof ref === "number"
        ? seq === ref
        : messageId === (typeof ref === "string" ? ref : ref.messageId),
    );
    if (found !== undefined || !hasEarlier) return found;
    try {
      await room.loadEarlier(FAR_PAGE);
    } catch {
      return undefined;
    }
  }
  return undefined;
}
