import type { CSSProperties } from "react";
import { hueOf, initials } from "./names.ts";

/** Initials on the colour of the person; says nothing that the name beside it does not say. */
export function Avatar({ userId, username }: { userId: string; username: string }) {
  return (
    <span className="avatar" aria-hidden="true" style={hueStyle(userId)}>
      {initials(username)}
    </span>
  );
}

export function hueStyle(userId: string): CSSProperties {
  return { "--hue": hueOf(userId) } as CSSProperties;
}
