import type { TimelineMessage } from "durable-rooms";
import { memo } from "react";
import { Avatar, hueStyle } from "../shared/avatar.tsx";
import { ReplyIcon, SmileIcon, ThreadIcon } from "../shared/icons.tsx";
import { counted } from "../shared/names.ts";
import { clockOf, fullTimeOf } from "../shared/times.ts";
import { useChat } from "./chat-context.ts";
import { FailedNote } from "./failed-note.tsx";
import { Linked } from "./linked.tsx";
import { Quote } from "./quote.tsx";
import { Reactions } from "./reactions.tsx";
import { Ticks } from "./ticks.tsx";
import { useLongPress } from "./use-long-press.ts";

export interface MessageProps {
  message: TimelineMessage;
  isContinuation: boolean;
  /** The message that it answers, if that is loaded. */
  original?: TimelineMessage | undefined;
  /** How many answers to it are loaded. */
  replies: number;
  /** How far an own message has come, in words. */
  progress: string;
  /** Whether this is the one message that the keyboard gets to; the arrows lead to the others. */
  isReachable: boolean;
  /** In a thread the answered message stands above all of it. */
  isInThread?: boolean;
}

export const Message = memo(function Message({
  message,
  isContinuation,
  original,
  replies,
  progress,
  isReachable,
  isInThread = false,
}: MessageProps) {
  const chat = useChat();
  const press = useLongPress((at) => chat.openMenu(message, at));
  const { isOwn, status, deleted, replyTo } = message;
  const isInRoom = message.seq !== undefined;
  return (
    <article
      className={`message${isOwn ? " mine" : ""}${isContinuation ? " continuation" : ""}`}
      data-testid="message"
      data-key={message.key}
      data-seq={message.seq}
      data-state={status}
      data-own={isOwn ? "" : undefined}
      // Enter opens its menu.
      tabIndex={isReachable ? 0 : -1}
      style={hueStyle(message.userId)}
    >
      <Avatar userId={message.userId} username={message.username} />
      <div className="body">
        <p className="author">{isOwn ? "You" : message.username}</p>
        <div className="beside">
          <div className="bubble" {...(isInRoom && press)}>
            {replyTo !== undefined && !isInThread && !deleted && (
              <Quote messageId={replyTo} original={original} isReachable={isReachable} />
            )}
            <p className={deleted ? "text gone" : "text"} dir="auto">
              {deleted ? "This message was deleted" : <Linked text={message.message} />}
            </p>
            <span className="clock">
              {message.editedAt !== undefined && (
                <span title={fullTimeOf(message.editedAt)}>edited </span>
              )}
              <time
                dateTime={new Date(message.timestamp).toISOString()}
                title={fullTimeOf(message.timestamp)}
              >
                {clockOf(message.timestamp)}
              </time>
              {status !== undefined && !deleted && <Ticks status={status} label={progress} />}
            </span>
          </div>
          {isInRoom && !deleted && (
            <div className="tools">
              <button
                type="button"
                className="tool"
                data-testid="message-menu"
                aria-label="React, and more"
                aria-haspopup="menu"
                tabIndex={isReachable ? 0 : -1}
                onClick={(event) => chat.openMenu(message, event.currentTarget)}
              >
                <SmileIcon />
              </button>
              {!isInThread && (
                <button
                  type="button"
                  className="tool"
                  data-testid="reply"
                  aria-label="Reply"
                  tabIndex={-1}
                  onClick={() => chat.reply(message)}
                >
                  <ReplyIcon />
                </button>
              )}
            </div>
          )}
        </div>
        <Reactions message={message} isReachable={isReachable} />
        {replies > 0 && !isInThread && (
          <button
            type="button"
            className="replies"
            data-testid="open-thread"
            tabIndex={isReachable ? 0 : -1}
            onClick={() => chat.openThread(message)}
          >
            <ThreadIcon />
            {counted(replies, "reply", "replies")}
          </button>
        )}
        {status === "failed" && <FailedNote message={message} />}
      </div>
    </article>
  );
});
