import { Composer } from "./composer.ts";
import { ConnectionStatus } from "./connection-status.ts";
import { offerCopyLink } from "./copy-link.ts";
import { find } from "./dom.ts";
import { ErrorAlert } from "./error-alert.ts";
import type {
  AckFrame,
  ErrorFrame,
  HistoryFrame,
  MessageFrame,
  MessageStatusUpdateFrame,
  NewMessageFrame,
  ServerFrame,
  UserJoinedFrame,
  UserLeftFrame,
  WelcomeFrame,
} from "./frames.ts";
import { HistorySync } from "./history-sync.ts";
import { MessageList } from "./message-list.ts";
import { Names } from "./names.ts";
import { newId } from "./new-id.ts";
import { Outbox } from "./outbox.ts";
import { PeopleList } from "./people-list.ts";
import { Readers, ReadReporter } from "./read-receipts.ts";
import { RoomConnection } from "./room-connection.ts";
import { TypingIndicator } from "./typing-indicator.ts";
import { TypingSignal } from "./typing-signal.ts";
import { asSomebodyElse, leave, type Visit } from "./visit.ts";

/** One room on the page: takes each frame to the parts that it concerns, and what they say back. */
export class ChatRoom {
  readonly #names = new Names();
  readonly #readers = new Readers();
  readonly #people = new PeopleList();
  readonly #typists = new TypingIndicator();
  readonly #error: ErrorAlert;
  readonly #composer: Composer;
  readonly #status: ConnectionStatus;
  readonly #messages: MessageList;
  readonly #connection: RoomConnection;
  readonly #history = new HistorySync((frame) => this.#connection.send(frame));
  readonly #outbox = new Outbox((frame) => this.#connection.send(frame));
  readonly #typing = new TypingSignal((type) => this.#connection.send({ type }));
  readonly #reporter = new ReadReporter((messageId) =>
    this.#connection.send({ type: "read-receipt", messageId }),
  );
  #me = "";
  #frameBytes = 64 * 1024;

  constructor(visit: Visit) {
    this.#composer = new Composer({
      onSend: (text) => this.#say(text),
      onChange: (text) => this.#typing.changed(text),
    });
    this.#error = new ErrorAlert(() => this.#composer.focus());
    this.#status = new ConnectionStatus(() => {
      this.#error.hide();
      this.#connection.retry();
    });
    this.#messages = new MessageList(this.#names, this.#readers, {
      onLoadEarlier: () => this.#loadEarlier(),
      onReachEnd: () => this.#reportRead(),
    });
    this.#connection = new RoomConnection(visit, {
      onState: (state) => {
        this.#status.show(state);
        find("#chat", HTMLElement).dataset.connection = state;
        if (state !== "open") this.#typists.clear();
      },
      onFrame: (frame) => this.#received(frame),
      onEnd: (why) => this.#status.explain(why),
    });
    document.addEventListener("visibilitychange", () => this.#reportRead());
    this.#furnish(visit);
  }

  #furnish({ room }: Visit): void {
    document.title = `${room} · Durable Rooms`;
    find("#room-name", HTMLElement).textContent = room;
    find("#chat", HTMLElement).hidden = false;
    offerCopyLink(room);
    const other = find("#somebody-else", HTMLAnchorElement);
    other.href = asSomebodyElse(room);
    // Each click is another person.
    other.addEventListener("click", () => setTimeout(() => (other.href = asSomebodyElse(room))));
    find("#leave", HTMLButtonElement).addEventListener("click", () => {
      this.#connection.close();
      leave();
    });
    if (matchMedia("(pointer: fine)").matches) this.#composer.focus();
  }

  #received(frame: ServerFrame): void {
    switch (frame.type) {
      case "welcome":
        this.#welcomed(frame);
        break;
      case "online-users":
        this.#people.replace(frame.users);
        for (const person of frame.users) this.#names.learn(person);
        break;
      case "user-joined":
        this.#joined(frame);
        break;
      case "user-left":
        this.#left(frame);
        break;
      case "new-message":
        this.#delivered(frame);
        break;
      case "ack":
        this.#acked(frame);
        break;
      case "user-typing":
        this.#typists.start(frame);
        break;
      case "user-stop-typing":
        this.#typists.stop(frame.userId);
        break;
      case "message-status-update":
        this.#read(frame);
        break;
      case "history":
        this.#pageArrived(frame);
        break;
      case "error":
        this.#refused(frame);
        break;
    }
  }

  #welcomed(frame: WelcomeFrame): void {
    this.#me = frame.userId;
    this.#people.me = frame.userId;
    this.#messages.me = frame.userId;
    this.#frameBytes = frame.limits.frameBytes;
    this.#typists.typingMs = frame.limits.typingMs;
    this.#reporter.reconnected();
    if (this.#history.welcome(frame)) {
      this.#messages.startAnew();
      this.#readers.clear();
      this.#reporter.clear();
    }
    this.#messages.showEarlier(this.#history.earlier);
    this.#outbox.resend();
    this.#reportRead();
  }

  #joined(frame: UserJoinedFrame): void {
    this.#names.learn(frame);
    this.#people.add(frame);
    if (frame.userId !== this.#me) {
      this.#messages.addNotice(`${frame.username} joined`, frame.timestamp);
    }
  }

  #left(frame: UserLeftFrame): void {
    this.#people.remove(frame.userId);
    this.#typists.stop(frame.userId);
    this.#messages.addNotice(`${frame.username} left`, frame.timestamp);
  }

  #delivered(frame: NewMessageFrame): void {
    this.#typists.stop(frame.userId);
    this.#learnFrom(frame);
    this.#messages.addLive(frame);
    this.#history.delivered(frame.seq);
    this.#reportRead();
  }

  #acked(frame: AckFrame): void {
    this.#outbox.settle(frame.messageId);
    this.#messages.confirmOwn(frame);
    this.#history.acked(frame.seq);
  }

  #read(frame: MessageStatusUpdateFrame): void {
    // From another tab of our own: that we have read it is no news to us.
    if (frame.userId === this.#me) return;
    this.#readers.update(frame);
    this.#messages.readersChanged();
  }

  #pageArrived(frame: HistoryFrame): void {
    const asked = this.#history.answered(frame);
    for (const message of frame.messages) this.#learnFrom(message);
    this.#messages.addPage(frame.messages, asked === "earlier" ? "above" : "below");
    this.#messages.showEarlier(this.#history.earlier);
    this.#reportRead();
  }

  #learnFrom(message: NewMessageFrame): void {
    if (message.userId === this.#me) {
      this.#outbox.settle(message.messageId);
    } else {
      this.#names.learn(message);
      this.#reporter.sawFromOther(message);
    }
  }

  #refused(frame: ErrorFrame): void {
    this.#error.show(frame.message);
    if (frame.ref === undefined) {
      this.#history.gaveUp();
      this.#messages.showEarlier(this.#history.earlier);
      return;
    }
    // A read receipt has a ref too; only what waits in the outbox is a message of ours.
    const message = this.#outbox.settle(frame.ref);
    if (message === undefined) return;
    this.#messages.refuseOwn(message.messageId, frame.retryable ? "Send again" : "Edit", (row) => {
      if (frame.retryable) {
        this.#messages.sendingAgain(row);
        this.#outbox.add(message);
      } else {
        this.#messages.discard(row);
        this.#composer.putBack(message.message);
      }
    });
  }

  #say(text: string): boolean {
    const frame: MessageFrame = { type: "message", messageId: newId(), message: text };
    // Far too long a frame ends the connection, and sent again it would do so for ever.
    if (new TextEncoder().encode(JSON.stringify(frame)).length > this.#frameBytes) {
      const limit = Math.floor(this.#frameBytes / 1024);
      this.#error.show(`This message is too long: at most ${limit} KiB fit into one.`);
      return false;
    }
    this.#messages.addOwn(frame.messageId, text);
    this.#outbox.add(frame);
    this.#typing.sent();
    return true;
  }

  #loadEarlier(): void {
    if (!this.#connection.isOpen) return;
    this.#history.askEarlier();
    this.#messages.showEarlier(this.#history.earlier);
  }

  /** Read is what somebody can see: the page in front, and scrolled to the end. */
  #reportRead(): void {
    const isSeen = document.visibilityState === "visible" && this.#messages.followsEnd;
    if (isSeen && this.#connection.isOpen) this.#reporter.report();
  }
}
