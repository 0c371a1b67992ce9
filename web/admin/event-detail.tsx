import { useState } from "react";
import { CopyIcon, TickIcon } from "../shared/icons.tsx";
import { Dialog } from "./dialog.tsx";
import type { Entry } from "./entry.ts";
import { fullTime } from "./moments.ts";

/** All of one event, as it travelled. */
export function EventDetail({
  entry: { type, at, seq, frame },
  onClose,
}: {
  entry: Entry;
  onClose: () => void;
}) {
  const [isCopied, setCopied] = useState(false);
  const text = JSON.stringify(frame, null, 2);
  // Browsers let pages of insecure origins copy nothing.
  const copy = () =>
    navigator.clipboard?.writeText(text).then(
      () => setCopied(true),
      () => {},
    );
  return (
    <Dialog label={`Event ${type}`} className="wide" onClose={onClose}>
      <h2 className="mono">{type}</h2>
      <p className="hint">
        {fullTime(at)} · {seq === undefined ? "not kept" : `kept as ${seq}`}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long ones are scrolled by the keyboard, too */}
      <pre data-testid="payload" tabIndex={0}>
        {text}
      </pre>
      <div className="dialog-buttons">
        <button type="button" className="with-icon" onClick={copy}>
          {isCopied ? <TickIcon /> : <CopyIcon />}
          {isCopied ? "Copied" : "Copy"}
        </button>
        <button type="button" className="primary" onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  );
}
