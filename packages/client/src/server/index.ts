/** For a backend: publishing, where `createPublisher` is where to begin, and webhooks, which `verifyWebhook` checks. */

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
export { verifyWebhook, WebhookError, type WebhookHeaders } from "./webhook.ts";
export type { WebhookEvent, WebhookFrame, WebhookMember, WebhookRoom } from "./webhook-events.ts";
