import { keepOutboxIn, type RoomError, type TimelineMessage } from "durable-rooms";
import { useMessages, usePresence, useReceipts, useRoom, useTyping } from "durable-rooms/react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { forTab } from "../shared/memory.ts";
import { type ChatContext, Chat as ChatScope, mayEdit } from "./chat-context.ts";
import { Composer, type ComposerHandle } from "./composer.tsx";
import { Ended } from "./ended.tsx";
import { ErrorAlert } from "./error-alert.tsx";
import { Header } from "./header.tsx";
import { Log } from "./log.tsx";
import { MessageMenu } from "./message-menu.tsx";
import { OfflineBanner } from "./offline-banner.tsx";
import type { Overlay } from "./overlay.ts";
import { People } from "./people.tsx";
import { Search } from "./search.tsx";
import { Thread } from "./thread.tsx";
import { TypingLine } from "./typing-line.tsx";
import { useAbsent } from "./use-absent.ts";
import { useChatActions } from "./use-chat-actions.ts";
import { useDeviceStatus } from "./use-device-status.ts";
import { useLogScroll } from "./use-log-scroll.ts";
import { progressIn, useNames } from "./use-names.ts";
import { useNotices } from "./use-notices.ts";
import { useSearchProbe } from "./use-search-probe.ts";
import { useUnreadMark } from "./use-unread-mark.ts";
import type { Visit } from "./visit.ts";
import { WhoReacted } from "./who-reacted.tsx";
import { inWords, shownState, whyClosed } from "./words.ts";

/** Until the room has said its own. */
const FRAME_BYTES = 65_536;

/** What a frame holds besides the text. */
const ENVELOPE_BYTES = 512;

/** One room on the page. */
export function Chat({ visit, onLeave }: { visit: Visit; onLeave: () => void }) {
  const [error, setError] = useState<string>();
  const [canReact, setCanReact] = useState(true);
  const [wasOpen, setWasOpen] = useState(false);
  const [overlay, setOverlay] = useState<Overlay>({});
  const composer = useRef<ComposerHandle>(null);
  const frameBytes = useRef(FRAME_BYTES);

  const onError = useCallback((error: RoomError) => setError(inWords(error)), []);
  const onCannotReact = useCallback(() => setCanReact(false), []);
  const { room, connection } = useRoom({
    room: visit.room,
    userId: visit.userId,
    username: visit.name,
    ...(visit.token !== undefined && { token: visit.token }),
    storage: keepOutboxIn(
      {
        getItem: (key) => forTab.recall(key) ?? null,
        setItem: (key, value) => forTab.remember(key, value),
      },
      `durable-rooms.unsent ${visit.userId} ${visit.room}`,
    ),
    on: {
      // What nobody has asked for (that one types, has read, is away) may be refused in silence.
      error: (error) => {
        if (error.retryable && inWords(error) !== undefined) onError(error);
      },
      welcome: ({ limits }) => {
        frameBytes.current = limits.frameBytes;
        setWasOpen(true);
      },
    },
  });
  const messages = useMessages(room);
  const presence = usePresence(room);
  const receipts = useReceipts(room);
  const { typists, typing, stopTyping } = useTyping(room);
  const notices = useNotices(room);
  const nameOf = useNames(messages.messages, presence, receipts);
  const absent = useAbsent(room, presence, receipts, nameOf);
  const canSearch = useSearchProbe(room, connection);
  useDeviceStatus(room);

  const followsEnd = useRef(true);
  const mark = useUnreadMark(
    room,
    messages.isLoaded,
    () => followsEnd.current && document.visibilityState === "visible",
  );
  const failedAt = useRef<number>(undefined);
  const scroll = useLogScroll(followsEnd, mark.after, {
    onNearTop: (byHand) => {
      const { hasEarlier, isLoading, isLoaded, messages: list, loadEarlier } = messages;
      // What has just failed is tried again when somebody asks for it.
      if (!isLoaded || !hasEarlier || isLoading || (!byHand && failedAt.current === list.length)) {
        return;
      }
      loadEarlier().catch(() => {
        failedAt.current = list.length;
      });
    },
    onSeen: (seq) => {
      if (mark.isKnown) receipts.markRead(seq);
    },
  });

  const actions = useChatActions({ room, scroll, composer, setOverlay, onError, onCannotReact });
  const me = room.userId ?? visit.userId;
  const role = room.role ?? "guest";
  const chat = useMemo(
    (): ChatContext => ({ ...actions, room, me, role, canReact }),
    [actions, room, me, role, canReact],
  );
  const show = (change: Partial<Overlay>) => setOverlay((now) => ({ ...now, ...change }));
  const closePanel = () => {
    show({ panel: undefined });
    composer.current?.focus();
  };

  useEffect(() => {
    const unread = receipts.unread > 0 ? `(${receipts.unread}) ` : "";
    document.title = `${unread}${visit.room} · Durable Rooms`;
  }, [visit.room, receipts.unread]);
  useEffect(() => {
    if (matchMedia("(pointer: fine)").matches) composer.current?.focus();
  }, []);

  const say = (text: string, replyTo?: string): boolean => {
    // Far too long a frame ends the connection, and sent again it would do so for ever.
    const bytes = new TextEncoder().encode(JSON.stringify(text)).length + ENVELOPE_BYTES;
    if (bytes > frameBytes.current) {
      const limit = Math.floor(frameBytes.current / 1024);
      setError(`This message is too long: at most ${limit} KiB fit into one.`);
      return false;
    }
    // What comes of it is shown in the list.
    messages.send(text, replyTo === undefined ? {} : { replyTo }).catch(() => {});
    mark.clear();
    scroll.toEnd();
    return true;
  };
  const submit = (text: string): boolean => {
    const { about } = overlay;
    if (about?.kind === "edit") {
      if (text !== about.message.message) room.edit(about.message, text).catch(onError);
    } else if (!say(text, about?.message.messageId)) return false;
    show({ about: undefined });
    return true;
  };
  const onTyping = (text: string) => (text === "" ? stopTyping() : typing());
  const editLast = () => {
    const last = messages.messages.findLast((message) => mayEdit(chat, message));
    if (last !== undefined) actions.edit(last);
  };

  const state = shownState(connection, wasOpen);
  const progressOf = (message: TimelineMessage) => progressIn(message, receipts, nameOf);
  const { panel, menu, reactionsOf, about } = overlay;
  return (
    <ChatScope value={chat}>
      <div id="chat" data-connection={state} data-panel={panel?.kind}>
        <Header
          room={visit.room}
          state={state}
          canSearch={canSearch}
          onSearch={() => show({ panel: { kind: "search" } })}
          onLeave={onLeave}
        />
        <People room={visit.room} me={me} users={presence.users} absent={absent} />
        <main aria-label="Conversation">
          {state === "reconnecting" && (
            <OfflineBanner connection={connection} onTryNow={() => room.wake()} />
          )}
          <Log
            messages={messages}
            notices={notices}
            unreadAfter={mark.after}
            unread={receipts.unread}
            progressOf={progressOf}
            scroll={scroll}
          />
          <TypingLine typists={typists} />
          <ErrorAlert
            text={error}
            onDismiss={() => {
              setError(undefined);
              composer.current?.focus();
            }}
          />
          {connection.status === "closed" ? (
            <Ended
              why={whyClosed(connection)}
              onRetry={() => {
                setError(undefined);
                room.join();
              }}
            />
          ) : (
            <Composer
              handle={composer}
              label="Message"
              testId="composer"
              about={about}
              onCancel={() => show({ about: undefined })}
              onSend={submit}
              onTyping={onTyping}
              onEditLast={editLast}
            />
          )}
        </main>
        {panel?.kind === "thread" && (
          <Thread
            root={panel.root}
            messages={messages.messages}
            progressOf={progressOf}
            onSend={say}
            onTyping={onTyping}
            onClose={closePanel}
          />
        )}
        {panel?.kind === "search" && (
          <Search
            onClose={closePanel}
            onChosen={() => {
              // On a phone the panel stands before what was found.
              if (!matchMedia("(min-width: 48rem)").matches) show({ panel: undefined });
            }}
          />
        )}
        {menu !== undefined && (
          <MessageMenu
            // What is known of it by now.
            menu={{
              ...menu,
              message:
                messages.messages.find(({ key }) => key === menu.message.key) ?? menu.message,
            }}
            progress={progressOf(menu.message)}
            onClose={() => show({ menu: undefined })}
          />
        )}
        {reactionsOf !== undefined && (
          <WhoReacted message={reactionsOf} onClose={() => show({ reactionsOf: undefined })} />
        )}
      </div>
    </ChatScope>
  );
}
