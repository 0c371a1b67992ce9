import type { MessageFrame, TimelineMessage } from "durable-rooms";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { counted } from "../shared/names.ts";
import { useChat } from "./chat-context.ts";
import { Composer } from "./composer.tsx";
import { Message } from "./message.tsx";
import { Panel } from "./panel.tsx";

export interface ThreadProps {
  root: TimelineMessage;
  /** The conversation, as far as it is loaded: what is known there is newest. */
  messages: readonly TimelineMessage[];
  progressOf: (message: TimelineMessage) => string;
  onSend: (text: string, replyTo: string) => boolean;
  onTyping: (text: string) => void;
  onClose: () => void;
}

/** A message, and all answers to it. */
export function Thread({ root, messages, progressOf, onSend, onTyping, onClose }: ThreadProps) {
  const { room, me } = useChat();
  const [fetched, setFetched] = useState<readonly TimelineMessage[]>([]);
  const [state, setState] = useState<"loading" | "complete" | "partial">("loading");
  const list = useRef<HTMLDivElement>(null);

  const rootRef = root.seq ?? root.messageId;
  useEffect(() => {
    let isWanted = true;
    setFetched([]);
    setState("loading");
    const load = async () => {
      let before: number | undefined;
      for (;;) {
        const page = await room.thread(rootRef, { limit: 300, ...(before && { before }) });
        if (!isWanted) return;
        const found = page.messages.map((frame) => asShown(frame, me, page.reacted));
        setFetched((known) => [...found, ...known]);
        before = page.messages[0]?.seq;
        if (!page.hasMore || before === undefined) break;
      }
      setState("complete");
    };
    load().catch(() => isWanted && setState("partial"));
    return () => {
      isWanted = false;
    };
  }, [room, rootRef, me]);

  const replies = useMemo(() => {
    const live = messages.filter(({ replyTo }) => replyTo === root.messageId);
    const seqs = new Set(live.map(({ seq }) => seq));
    const before = fetched.filter(({ seq }) => !seqs.has(seq));
    return [...before, ...live].sort((a, b) => orderOf(a) - orderOf(b));
  }, [messages, fetched, root.messageId]);

  const count = replies.length;
  // Whoever reads a thread wants its end.
  useLayoutEffect(() => {
    if (list.current !== null) list.current.scrollTop = list.current.scrollHeight;
  }, [count]);

  const shown = messages.find(({ key }) => key === root.key) ?? root;
  const messageOf = (message: TimelineMessage) => (
    <Message
      key={message.key}
      message={message}
      isContinuation={false}
      replies={0}
      progress={progressOf(message)}
      isReachable
      isInThread
    />
  );
  return (
    <Panel title="Thread" testId="thread" onClose={onClose}>
      <div ref={list} className="panel-list">
        {messageOf(shown)}
        <p className="day">
          {state === "loading" && count === 0 ? "Loading…" : counted(count, "reply", "replies")}
          {state === "partial" && " (not all could be loaded)"}
        </p>
        {replies.map(messageOf)}
      </div>
      <Composer
        label="Reply in the thread"
        testId="thread-composer"
        onSend={(text) => onSend(text, root.messageId)}
        onTyping={onTyping}
      />
    </Panel>
  );
}

/** What the room does not have yet comes last. */
const orderOf = ({ seq }: TimelineMessage) => seq ?? Number.MAX_SAFE_INTEGER;

function asShown(
  { type: _, ...frame }: MessageFrame,
  me: string,
  reacted: readonly { seq: number; emoji: string }[] = [],
): TimelineMessage {
  const isOwn = frame.userId === me;
  return {
    ...frame,
    key: isOwn ? frame.messageId : `${frame.userId}\n${frame.messageId}`,
    reactions: frame.reactions ?? [],
    reacted: reacted.filter(({ seq }) => seq === frame.seq).map(({ emoji }) => emoji),
    isOwn,
    version: frame.seq,
  };
}
