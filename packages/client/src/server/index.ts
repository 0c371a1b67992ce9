/** Publishing from a backend. `createPublisher` is where to begin. */

export type { Delivery, RoomResult } from "./answer.ts";
export { type LocalPublishErrorCode, type Problem, PublishError } from "./error.ts";
export { BroadcastEvent, type RoomEvent, type TaskFields } from "./events.ts";
export type {
  CallOptions,
  FailedCall,
  PublisherOptions,
  PublishOptions,
  RoomName,
} from "./options.ts";
export type { Fetch, FetchAnswer, FetchInit } from "./platform.ts";
export { createPublisher, type Publisher, type PublishResult } from "./publisher.ts";
