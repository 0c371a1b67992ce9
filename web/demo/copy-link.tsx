import { useEffect, useState } from "react";
import { LinkIcon, TickIcon } from "../shared/icons.tsx";
import { invitation } from "./visit.ts";

const THANKS_MS = 2000;

/** The button that puts the invitation on the clipboard. */
export function CopyLink({ room }: { room: string }) {
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), THANKS_MS);
    return () => clearTimeout(timer);
  }, [isCopied]);

  const copy = async () => {
    const link = invitation(room);
    try {
      await navigator.clipboard.writeText(link);
      setCopied(true);
    } catch {
      // No clipboard without https, or none granted: then by hand.
      window.prompt("Copy this link:", link);
    }
  };
  return (
    <>
      <button type="button" id="copy-link" data-testid="copy-link" onClick={copy}>
        {isCopied ? <TickIcon /> : <LinkIcon />}
        <span>{isCopied ? "Copied" : "Copy link"}</span>
      </button>
      <p role="status" className="unseen">
        {isCopied && "Link copied"}
      </p>
    </>
  );
}
