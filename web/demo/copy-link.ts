import { find } from "./dom.ts";
import { invitation } from "./visit.ts";

const THANKS_MS = 2000;

/** The button that puts the invitation on the clipboard. */
export function offerCopyLink(room: string): void {
  const button = find("#copy-link", HTMLButtonElement);
  const announcement = find("#announcement", HTMLElement);
  const label = button.textContent;
  let timer = 0;
  button.addEventListener("click", async () => {
    const link = invitation(room);
    try {
      await navigator.clipboard.writeText(link);
    } catch {
      // No clipboard without https, or none granted: then by hand.
      window.prompt("Copy this link:", link);
      return;
    }
    button.textContent = "Copied";
    announcement.textContent = "Link copied";
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      button.textContent = label;
      announcement.textContent = "";
    }, THANKS_MS);
  });
}
