import { type ReactNode, useRef } from "react";
import { CloseIcon } from "../shared/icons.tsx";

/** Beside the conversation where there is room, before it on a phone. Escape closes it. */
export function Panel({
  title,
  testId,
  onClose,
  children,
}: {
  title: string;
  testId: string;
  onClose: () => void;
  children: ReactNode;
}) {
  const box = useRef<HTMLElement>(null);
  return (
    <section
      ref={box}
      className="panel"
      aria-label={title}
      data-testid={testId}
      onKeyDown={({ key, nativeEvent }) => {
        if (key === "Escape" && !nativeEvent.isComposing) onClose();
      }}
    >
      <header>
        <h2>{title}</h2>
        <button
          type="button"
          className="plain"
          aria-label={`Close: ${title}`}
          data-testid={`${testId}-close`}
          onClick={onClose}
        >
          <CloseIcon />
        </button>
      </header>
      {children}
    </section>
  );
}
