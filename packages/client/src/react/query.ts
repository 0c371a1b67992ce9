/** For those who keep their data with TanStack Query: the room says what has changed, the queries fetch it. */

export { type KeysOfEvent, taskKeys } from "./query-keys.ts";
export { type ProjectRealtimeOptions, useProjectRealtime } from "./use-project-realtime.ts";
