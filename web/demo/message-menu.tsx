import type { TimelineMessage } from "durable-rooms";
import {
  type KeyboardEvent,
  type ReactNode,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { BinIcon, CopyIcon, PenIcon, ReplyIcon, SmileIcon, ThreadIcon } from "../shared/icons.tsx";
import { mayEdit, mayRemove, useChat } from "./chat-context.ts";

const QUICK = ["👍", "❤️", "😂", "😮", "😢", "🎉"];
const MORE = ["👎", "🙏", "👏", "🔥", "💯", "✅", "❌", "👀", "🤔", "😍", "😎", "🚀"];

/** The menu keeps this far from the edges of the window, in CSS pixels. */
const MARGIN_PX = 8;

export interface MenuState {
  message: TimelineMessage;
  /** What it was opened at: it stands beside it, and gives the focus back to it. */
  at: HTMLElement;
}

/** What can be done with a message: beside it, or at the foot of a phone. */
export function MessageMenu({
  menu: { message, at },
  progress,
  onClose,
}: {
  menu: MenuState;
  /** How far an own message has come, in words. */
  progress: string;
  onClose: () => void;
}) {
  const chat = useChat();
  const box = useRef<HTMLDivElement>(null);
  const [hasMore, setMore] = useState(false);
  const [isAsking, setAsking] = useState(false);

  const close = () => {
    onClose();
    const target = at.tabIndex >= 0 ? at : at.closest<HTMLElement>("[data-testid=message]");
    target?.focus({ preventScroll: true });
  };
  /** Closed first: what is done may put the focus elsewhere. */
  const after = (act: () => void) => () => {
    close();
    act();
  };

  // With more in it, it needs another place.
  useLayoutEffect(() => {
    if (box.current !== null) placeBeside(box.current, at);
  }, [at, hasMore]);
  useEffect(() => {
    box.current?.querySelector<HTMLElement>("[role=menuitem]")?.focus({ preventScroll: true });
  }, []);

  return (
    <>
      {/* For pointers; the keyboard has Escape. */}
      <div className="veil" onPointerDown={close} />
      <div
        ref={box}
        className="menu"
        role="menu"
        aria-label={`Message of ${message.isOwn ? "yours" : message.username}`}
        data-testid="menu"
        tabIndex={-1}
        onKeyDown={(event) => onKey(event, close)}
      >
        {chat.canReact && (
          <>
            <div className="emojis">
              {[...QUICK, ...(hasMore ? MORE : [])].map((emoji) => (
                <button
                  key={emoji}
                  type="button"
                  role="menuitem"
                  className="emoji"
                  aria-label={
                    message.reacted.includes(emoji) ? `Take back ${emoji}` : `React with ${emoji}`
                  }
                  data-own={message.reacted.includes(emoji) ? "" : undefined}
                  onClick={after(() => chat.react(message, emoji))}
                >
                  {emoji}
                </button>
              ))}
            </div>
            {!hasMore && (
              <Item icon={<SmileIcon />} onChoose={() => setMore(true)}>
                More reactions
              </Item>
            )}
          </>
        )}
        <Item icon={<ReplyIcon />} onChoose={after(() => chat.reply(message))}>
          Reply
        </Item>
        <Item icon={<ThreadIcon />} onChoose={after(() => chat.openThread(message))}>
          Show thread
        </Item>
        <Item
          icon={<CopyIcon />}
          onChoose={after(() => {
            // Without https there is no clipboard, and the text can be selected by hand.
            void navigator.clipboard?.writeText(message.message).catch(() => {});
          })}
        >
          Copy text
        </Item>
        {message.reactions.length > 0 && (
          <Item icon={<SmileIcon />} onChoose={after(() => chat.showReactions(message))}>
            Who reacted
          </Item>
        )}
        {mayEdit(chat, message) && (
          <Item icon={<PenIcon />} onChoose={after(() => chat.edit(message))}>
            Edit
          </Item>
        )}
        {mayRemove(chat, message) && (
          <Item
            icon={<BinIcon />}
            isGrave
            onChoose={isAsking ? after(() => chat.remove(message)) : () => setAsking(true)}
          >
            {isAsking ? "Delete for everybody?" : "Delete"}
          </Item>
        )}
        {message.isOwn && <p className="menu-note">{progress}</p>}
      </div>
    </>
  );
}

function Item({
  icon,
  isGrave = false,
  onChoose,
  children,
}: {
  icon: ReactNode;
  isGrave?: boolean;
  onChoose: () => void;
  children: ReactNode;
}) {
  return (
    <button
      type="button"
      role="menuitem"
      className={isGrave ? "item grave" : "item"}
      onClick={onChoose}
    >
      {icon}
      <span>{children}</span>
    </button>
  );
}

function onKey(event: KeyboardEvent<HTMLElement>, close: () => void): void {
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>("[role=menuitem]")];
  const at = items.indexOf(document.activeElement as HTMLElement);
  const go = (index: number) => items.at(index % items.length)?.focus();
  switch (event.key) {
    case "Escape":
    case "Tab":
      close();
      break;
    case "ArrowDown":
    case "ArrowRight":
      go(at + 1);
      break;
    case "ArrowUp":
    case "ArrowLeft":
      go(at - 1);
      break;
    case "Home":
      go(0);
      break;
    case "End":
      go(-1);
      break;
    default:
      return;
  }
  event.preventDefault();
  event.stopPropagation();
}

/** Below it if there is room, above it otherwise, and all of it in the window. */
function placeBeside(menu: HTMLElement, at: HTMLElement): void {
  const { left, right, top, bottom } = at.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const x = left + width > innerWidth - MARGIN_PX ? right - width : left;
  const y = bottom + height > innerHeight - MARGIN_PX ? top - height : bottom;
  const within = (value: number, most: number) => Math.max(MARGIN_PX, Math.min(value, most));
  menu.style.left = `${within(x, innerWidth - width - MARGIN_PX)}px`;
  menu.style.top = `${within(y, innerHeight - height - MARGIN_PX)}px`;
}
