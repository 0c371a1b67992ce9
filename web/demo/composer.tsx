import type { TimelineMessage } from "durable-rooms";
import {
  type KeyboardEvent,
  type Ref,
  type SubmitEvent,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { CloseIcon, SendIcon } from "../shared/icons.tsx";

export interface ComposerHandle {
  focus(): void;
  /** Gives a text for changing, before what has been written since. */
  putBack(text: string): void;
}

export interface ComposerProps {
  handle?: Ref<ComposerHandle>;
  label: string;
  testId: string;
  /** The message that is answered or changed. */
  about?: { kind: "reply" | "edit"; message: TimelineMessage } | undefined;
  onCancel?: () => void;
  /** Says whether the text was taken; if not, it stays in the field. */
  onSend(text: string): boolean;
  onTyping(text: string): void;
  /** Arrow up in an empty field. */
  onEditLast?: () => void;
}

/** The field to write in. Enter sends, Shift+Enter makes a new line, Escape gives up an answer or a change. */
export function Composer(props: ComposerProps) {
  const { handle, label, testId, about, onCancel, onSend, onTyping, onEditLast } = props;
  const field = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useState("");
  /** What was being written when a change of something else began. */
  const draft = useRef("");
  const edited = about?.kind === "edit" ? about.message : undefined;

  useImperativeHandle(handle, () => ({
    focus: () => field.current?.focus(),
    putBack: (back) => {
      setText((now) => (now === "" ? back : `${back}\n${now}`));
      field.current?.focus();
    },
  }));

  // As high as the text needs.
  useLayoutEffect(() => {
    const box = field.current;
    if (box === null) return;
    box.style.height = "auto";
    // scrollHeight leaves the border out, which the height (border-box) includes.
    box.style.height = `${box.scrollHeight + box.offsetHeight - box.clientHeight}px`;
  }, [text]);

  const editedKey = edited?.key;
  const original = edited?.message ?? "";
  // Only when a change begins or ends.
  useLayoutEffect(() => {
    if (editedKey === undefined) return;
    draft.current = text;
    setText(original);
    return () => {
      setText(draft.current);
      draft.current = "";
    };
  }, [editedKey]);

  const aboutKey = about && `${about.kind} ${about.message.key}`;
  useLayoutEffect(() => {
    if (aboutKey === undefined) return;
    const box = field.current;
    box?.focus();
    box?.setSelectionRange(box.value.length, box.value.length);
  }, [aboutKey]);

  const submit = () => {
    const said = text.trimEnd();
    if (said === "" || !onSend(said)) return;
    if (edited === undefined) setText("");
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // While an input method composes, Enter chooses a word and Escape gives it up.
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) submit();
    else if (event.key === "Escape" && about !== undefined) onCancel?.();
    else if (event.key === "ArrowUp" && text === "" && about === undefined) onEditLast?.();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <form
      className="composer"
      onSubmit={(event: SubmitEvent) => {
        event.preventDefault();
        submit();
        // A tap on the button takes the focus, and with it the keyboard of a phone.
        field.current?.focus();
      }}
    >
      {about !== undefined && <About about={about} onCancel={onCancel} />}
      <label htmlFor={testId} className="unseen">
        {label}
      </label>
      <textarea
        ref={field}
        id={testId}
        data-testid={testId}
        rows={1}
        value={text}
        placeholder={label}
        autoComplete="off"
        enterKeyHint="send"
        aria-describedby={`${testId}-hint`}
        onKeyDown={onKeyDown}
        onChange={({ currentTarget: { value } }) => {
          setText(value);
          if (edited === undefined) onTyping(value);
        }}
      />
      <p id={`${testId}-hint`} className="unseen">
        Enter sends, Shift and Enter make a new line.
      </p>
      <button
        type="submit"
        className="primary send"
        data-testid={`${testId}-send`}
        aria-label={edited === undefined ? "Send" : "Save"}
      >
        <SendIcon />
      </button>
    </form>
  );
}

function About({
  about: { kind, message },
  onCancel,
}: {
  about: NonNullable<ComposerProps["about"]>;
  onCancel: (() => void) | undefined;
}) {
  const whose = message.isOwn ? "yourself" : message.username;
  return (
    <div className="about" data-testid="about">
      <p>
        <span className="quoted-author">
          {kind === "edit" ? "Edit the message" : `Reply to ${whose}`}
        </span>
        <span className="quoted" dir="auto">
          {message.message}
        </span>
      </p>
      <button
        type="button"
        className="plain"
        aria-label={kind === "edit" ? "Do not edit" : "Do not reply"}
        onClick={onCancel}
      >
        <CloseIcon />
      </button>
    </div>
  );
}
