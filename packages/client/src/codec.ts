import type { ClientFrame } from "./client-frames.ts";
import type { OtherFrame } from "./protocol.ts";

/**
 * The frames of one WebSocket message: one object, or with `batch=1` an array. What is not a frame (the text `pong`)
 * gives none.
 */
export function decode(data: unknown): OtherFrame[] {
  if (typeof data !== "string") return [];
  let parsed: unknown;
  try {
    parsed = JSON.parse(data);
  } catch {
    return [];
  }
  return (Array.isArray(parsed) ? parsed : [parsed]).filter(isFrame);
}

/** A raw U+FFFD would be taken for damage on the way, so it travels escaped. */
export function encode(frame: ClientFrame): string {
  return JSON.stringify(frame).replaceAll("\ufffd", "\\ufffd");
}

function isFrame(value: unknown): value is OtherFrame {
  return (
    typeof value === "object" && value !== null && "type" in value && typeof value.type === "string"
  );
}
