import type { PresenceStatus, Room } from "durable-rooms";
import { useEffect } from "react";

/** Nobody has touched the page for this long: idle. */
const IDLE_MS = 5 * 60_000;

const SIGNS = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"] as const;

/** Tells the room whether somebody sits before this page: active, idle, or away when the page is hidden. */
export function useDeviceStatus(room: Room): void {
  useEffect(() => {
    let told: PresenceStatus = "active";
    let timer: number | undefined;
    const tell = (status: PresenceStatus) => {
      if (status === told) return;
      told = status;
      room.setPresence({ status });
    };
    const notice = () => {
      clearTimeout(timer);
      if (document.visibilityState === "hidden") {
        tell("away");
        return;
      }
      tell("active");
      timer = window.setTimeout(() => tell("idle"), IDLE_MS);
    };
    notice();
    document.addEventListener("visibilitychange", notice);
    for (const sign of SIGNS) addEventListener(sign, notice, { passive: true });
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", notice);
      for (const sign of SIGNS) removeEventListener(sign, notice);
    };
  }, [room]);
}
