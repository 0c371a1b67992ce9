/**
 * How a frame travels: the connection decodes it, `resume` says whether it is new, the part that it concerns applies
 * it, and only then the listeners hear of it, so that they find the stores in step with what they are told.
 */

import { Admission } from "./admission.ts";
import type { ClientFrame } from "./client-frames.ts";
import { encode } from "./codec.ts";
import { Connection, type ConnectionState } from "./connection.ts";
import { Emitter } from "./emitter.ts";
import { RoomError } from "./error.ts";
import { Messages } from "./messages.ts";
import { Outbox } from "./outbox.ts";
import { NOBODY, type People, withPresence } from "./presence.ts";
import type {
  ErrorFrame,
  MessageFrame,
  OtherFrame,
  PresenceStatus,
  PublishedEvent,
  ReceiptsFrame,
  ServerFrame,
  WelcomeFrame,
} from "./protocol.ts";
import { Reading } from "./reading.ts";
import { Requests } from "./requests.ts";
import { Resume } from "./resume.ts";
import type { RoomEvents } from "./room-events.ts";
import type { RoomOptions } from "./room-options.ts";
import { Store } from "./store.ts";
import { TypingSignal, Typists } from "./typing.ts";
import { type World, worldWith } from "./world.ts";

/** Frames that nobody waits for carry what they are as `ref`, so that a refusal of one is not taken for a message's. */
const REF = { plain: "\u00b7", receipt: "\u00b7receipt", presence: "\u00b7presence" };

/** Until the room has said its own. */
const FRAME_BYTES = 65_536;

/** Types of frames that must not be mistaken for events of ours. */
const OWN_EVENTS = new Set(["state", "recovered", "reset", "published", "frame"]);

export class Session {
  readonly events = new Emitter<RoomEvents>();
  readonly people = new Store<People>(NOBODY);
  readonly world: World;
  readonly resume: Resume;
  readonly connection: Connection;
  readonly requests: Requests;
  readonly outbox: Outbox;
  readonly messages: Messages;
  readonly typists: Typists;
  readonly typing: TypingSignal;
  readonly reading: Reading;
  readonly #options: RoomOptions;
  readonly #admission: Admission;
  #welcome: WelcomeFrame | undefined;
  #presence: { meta?: unknown; status?: PresenceStatus } | undefined;
  #hasToldRecovery = true;
  #isLeaving = false;

  constructor(options: RoomOptions) {
    this.#options = options;
    this.world = worldWith(options.world);
    const { world } = this;
    this.#admission = new Admission(options, world.random);
    this.resume = new Resume(options.since);
    const send = (frame: ClientFrame) => this.connection.send(encode(frame));
    const onError = (error: RoomError) => this.events.emit("error", error);
    const limit = options.outboxLimit ?? 1000;
    this.connection = new Connection(
      {
        world,
        url: () => this.#admission.url(() => this.resume.position),
        canRenewToken: this.#admission.canRenew,
      },
      {
        onState: (state) => this.#onState(state),
        onFrame: (frame) => this.#onFrame(frame),
        onError,
      },
    );
    this.requests = new Requests({ world, limit, send });
    this.outbox = new Outbox({
      world,
      limit,
      window: options.inFlight ?? 8,
      storage: options.storage,
      frameBytes: () => this.#welcome?.limits?.frameBytes ?? FRAME_BYTES,
      send,
      onRefused: (messageId, error) => this.messages.failed(messageId, error),
      onError,
    });
    this.messages = new Messages({
      world,
      outbox: this.outbox,
      requests: this.requests,
      resume: this.resume,
      username: options.username ?? "",
      pageSize: options.historyPage ?? 50,
    });
    this.typists = new Typists(world);
    this.typing = new TypingSignal(world, (frame) => this.tell(frame));
    this.reading = new Reading({
      world,
      isPrivate: options.privateReads ?? false,
      autoDelivered: options.autoDelivered ?? true,
      send: (frame) => this.tell(frame, REF.receipt),
      me: () => this.#welcome?.userId ?? "",
      othersAfter: (seq) => this.messages.othersAfter(seq),
      onProgress: (pointers) => this.messages.progress(pointers),
    });
  }

  get welcome(): WelcomeFrame | undefined {
    return this.#welcome;
  }

  join(): void {
    this.#isLeaving = false;
    void this.outbox.restore().then((messages) => {
      for (const message of messages) this.messages.show(message);
    });
    this.connection.open();
  }

  leave(): void {
    this.#isLeaving = true;
    this.connection.close();
  }

  /** Says it now or never; whether it was said. */
  tell(frame: ClientFrame, ref = REF.plain): boolean {
    return this.connection.send(encode({ ...frame, ref }));
  }

  setPresence(presence: { meta?: unknown; status?: PresenceStatus }): void {
    this.#presence = { ...this.#presence, ...presence };
    this.#tellPresence();
  }

  #tellPresence(): void {
    if (this.#presence !== undefined)
      this.tell({ type: "presence", ...this.#presence }, REF.presence);
  }

  async #renewToken(): Promise<void> {
    // One that does not change cannot be renewed.
    if (!this.#admission.canRenew) return;
    try {
      const token = await this.#admission.token();
      if (token !== undefined) this.tell({ type: "auth", token });
    } catch (error) {
      // The room will close with 4401, and the next attempt asks for a token again.
      this.events.emit("error", error as RoomError);
    }
  }

  #onState(state: ConnectionState): void {
    // Told with the `welcome`, when all that the listeners may look at is in step.
    if (state.status === "open") return;
    if (state.status === "offline" || state.status === "closed") this.#disconnected();
    if (state.status === "closed") {
      const text = `The connection is closed (${state.reason || state.code}).`;
      const error = new RoomError("closed", text, { cause: state.error });
      this.outbox.close(error, this.#isLeaving);
      this.requests.close(error);
    }
    this.events.emit("state", state);
  }

  #disconnected(): void {
    this.requests.disconnected();
    this.outbox.disconnected();
    this.reading.disconnected();
    this.typing.ended();
    this.typists.clear();
  }

  #onFrame(frame: OtherFrame): void {
    const { type, seq } = frame;
    if (typeof seq === "number" && type !== "welcome" && type !== "ack") {
      const place = this.resume.entry(seq);
      if (place === "duplicate") return;
      if (place === "hole") {
        const text = `Entries before ${seq} are missing: coming back for them.`;
        this.events.emit("error", new RoomError("hole", text, { retryable: true }));
        this.connection.restart();
        return;
      }
    }
    const isPublished = "payload" in frame && !(type === "event" && "name" in frame);
    if (!isPublished) this.#apply(frame as unknown as ServerFrame);
    this.events.emit("frame", frame);
    if (isPublished) this.events.emit("published", frame as unknown as PublishedEvent);
    else if (type !== "error" && !OWN_EVENTS.has(type)) {
      this.events.emit(type as "welcome", frame as unknown as WelcomeFrame);
    }
    if (type === "welcome") this.events.emit("state", this.connection.state);
    this.#tellRecovery();
  }

  #apply(frame: ServerFrame): void {
    switch (frame.type) {
      case "welcome":
        this.#welcomed(frame);
        break;
      case "new-message":
        this.#message(frame);
        break;
      case "message-edited":
      case "message-deleted":
      case "reaction":
      case "user-erased":
        this.messages.entry(frame);
        break;
      case "ack":
        if (!this.requests.answer(frame)) this.#acked(frame);
        break;
      case "error":
        this.#refused(frame);
        break;
      case "message-status-update":
        this.reading.progress([frame]);
        break;
      case "message-status-updates":
        this.reading.progress(frame.updates);
        break;
      case "online-users":
      case "user-joined":
      case "user-left":
      case "user-updated":
      case "presence-diff":
        this.people.set(withPresence(this.people.getSnapshot(), frame));
        if (frame.type === "user-left") this.typists.ended(frame.userId);
        break;
      case "user-typing":
        this.typists.began(frame);
        break;
      case "user-stop-typing":
        this.typists.ended(frame.userId);
        break;
      case "token-expiring":
        void this.#renewToken();
        break;
      default:
        this.requests.answer(frame as { ref?: unknown });
    }
  }

  #welcomed(frame: WelcomeFrame): void {
    const isFirst = this.#welcome === undefined;
    const before = this.resume.position;
    this.#welcome = frame;
    const outcome = this.resume.welcome(frame);
    this.#hasToldRecovery = outcome === "reset";
    if (outcome === "reset" || isFirst) {
      const { epoch, seq } = this.resume.position ?? frame;
      const position = { epoch, seq };
      // Whoever starts from a position has what lies before it.
      this.messages.reset(frame.userId, position.seq, outcome === "recovered");
      if (before !== undefined && before.epoch !== frame.epoch) {
        this.reading.reset();
      }
      this.reading.tell();
      if (before !== undefined && outcome === "reset") this.events.emit("reset", { position });
    }
    this.#tellPresence();
    this.outbox.opened();
    this.requests.opened();
    this.reading.opened();
    if (this.#hasToldRecovery) this.#synchronize();
  }

  /** What a connection that has nothing more to catch up with asks for. */
  #synchronize(): void {
    if (this.#options.receipts ?? true) {
      this.requests.ask<ReceiptsFrame>({ type: "receipts" }).then(
        (frame) => this.reading.receipts(frame),
        ({ code }: RoomError) => {
          if (code !== "closed" && code !== "timeout") this.reading.turnOff();
        },
      );
    }
    this.messages.loadFirst().then(
      () => this.reading.page(),
      (error: RoomError) => {
        if (error.code !== "closed") this.events.emit("error", error);
      },
    );
  }

  #tellRecovery(): void {
    if (this.#hasToldRecovery || !this.resume.isCaughtUp) return;
    this.#hasToldRecovery = true;
    this.#synchronize();
    this.events.emit("recovered", { missed: this.resume.missed });
  }

  #message(frame: MessageFrame): void {
    this.messages.entry(frame);
    this.typists.ended(frame.userId);
    if (frame.userId === this.#welcome?.userId) this.#acked(frame);
    else this.reading.message(frame);
  }

  #acked({ messageId, seq, timestamp }: { messageId: string; seq: number; timestamp: number }) {
    const ack = { messageId, seq, timestamp };
    this.messages.acked(ack);
    if (this.outbox.settle(ack)) this.typing.ended();
  }

  #refused(frame: ErrorFrame): void {
    const error = RoomError.from(frame);
    if (this.requests.refuse(error) || this.outbox.refuse(error)) return;
    if (error.ref === REF.presence && error.retryAfterMs !== undefined) {
      this.world.setTimer(() => this.#tellPresence(), error.retryAfterMs);
    }
    if (error.ref === REF.receipt && error.code === "not-enabled") this.reading.turnOff();
    if (error.ref === undefined && error.code === "rate-limited") {
      this.outbox.slowDown(error);
      this.requests.slowDown(error);
    }
    this.events.emit("error", error);
  }
}
