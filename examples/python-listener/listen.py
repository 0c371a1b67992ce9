"""Prints what is said in a room, and misses nothing when the line breaks.

It speaks the protocol of docs/protocol.md directly, and so shows what a client in any language has to do:

- a heartbeat: the text "ping" is answered "pong" by the runtime, without waking the room;
- resume: the position of the last entry goes back as `since`, and the room sends what came after it;
- close codes: some say never to come back, most say to come back a little later.

Run it, on Python 3.9 or newer, with the server of `npm start`:

    python3 -m venv .venv
    .venv/bin/pip install -r requirements.txt
    .venv/bin/python listen.py ws://localhost:8787 lobby

With AUTH_MODE = "token", give a token in the environment as TOKEN. Each entry is one line; Ctrl-C ends it.
"""

import argparse
import asyncio
import json
import os
import random
import sys
from urllib.parse import quote, urlencode

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

HEARTBEAT_SECONDS = 30
"""How often the room expects a heartbeat; see `heartbeatMs` in docs/configuration.md."""

ANSWER_SECONDS = 10
"""A line that does not answer a heartbeat in this time is dead, even if nobody has closed it."""

LONGEST_WAIT_SECONDS = 30

NEVER_AGAIN = {1000, 1008, 1009, *range(4000, 4100)}
"""Close codes after which coming back is no use: docs/protocol.md, section 5."""

AT_ONCE = {4201, 4202}


class Listener:
    """One user's view of one room."""

    def __init__(self, server, party, room, user_id, heartbeat_seconds=HEARTBEAT_SECONDS):
        self.address = f"{server}/parties/{quote(party, safe='')}/{quote(room, safe='')}"
        self.user_id = user_id
        self.heartbeat_seconds = heartbeat_seconds
        # Where we stand in the room's log. A seq without its epoch means nothing.
        self.epoch = None
        self.seq = 0
        # Attempts since the room last let us in.
        self.failures = 0
        self.pong = asyncio.Event()

    def url(self):
        # Empty at first: "I know nothing, but tell me where I stand", which rooms of every kind then do.
        since = "" if self.epoch is None else f"{self.epoch}:{self.seq}"
        query = {"userId": self.user_id, "username": self.user_id, "since": since}
        return f"{self.address}?{urlencode(query)}"

    async def run(self):
        """Listens until the room says that there is nothing to come back for. Gives the close code."""
        while True:
            code = 1006
            try:
                # The token goes in a header: addresses end up in logs.
                token = os.environ.get("TOKEN")
                headers = {"Authorization": f"Bearer {token}"} if token else None
                # The library's own pings would be answered too, but the room counts the text.
                connecting = connect(
                    self.url(),
                    additional_headers=headers,
                    ping_interval=None,
                    # For Ctrl-C: the room has been told, so nobody has to wait for its end of the line.
                    close_timeout=1,
                )
                async with connecting as socket:
                    code = await self.listen(socket)
            except (OSError, asyncio.TimeoutError, InvalidHandshake) as error:
                say(f"-- cannot connect: {error}")
            if code in NEVER_AGAIN:
                return code
            wait = 0 if code in AT_ONCE and self.failures == 0 else comeback(self.failures)
            self.failures += 1
            say(f"-- line gone ({code}), again in {wait:.1f} s")
            await asyncio.sleep(wait)

    async def listen(self, socket):
        """Reads until the socket is closed. Gives the close code."""
        heartbeat = asyncio.create_task(self.beat(socket))
        try:
            async for text in socket:
                if text == "pong":
                    self.pong.set()
                else:
                    self.receive(json.loads(text))
        except ConnectionClosed:
            pass
        finally:
            heartbeat.cancel()
        return socket.close_code or 1006

    async def beat(self, socket):
        """Heartbeats, and ends a line that has died without a word."""
        while True:
            await asyncio.sleep(self.heartbeat_seconds)
            self.pong.clear()
            try:
                await socket.send("ping")
                patience = min(ANSWER_SECONDS, self.heartbeat_seconds)
                await asyncio.wait_for(self.pong.wait(), patience)
            except ConnectionClosed:
                return
            except asyncio.TimeoutError:
                socket.transport.abort()
                return

    def receive(self, frame):
        kind = frame["type"]
        if kind == "welcome":
            self.welcome(frame)
        elif kind == "error":
            say(f"-- {frame['code']}: {frame['message']}")
        elif "seq" in frame and kind != "ack":
            # Everything with a seq is an entry of the log, also of a type that is not printed below.
            self.seq = frame["seq"]
            say(f"{self.seq:6} {describe(frame)}")

    def welcome(self, frame):
        # Here and not with the socket: who may not enter gets a socket too, is told why, and is closed.
        self.failures = 0
        if self.epoch is None:
            say(f"-- listening as {frame['userId']}, from entry {frame['seq']} on")
        elif frame["recovered"]:
            # Exactly the entries after `since` follow now, and then the live ones.
            say(f"-- back, {frame['seq'] - self.seq} entries missed")
            return
        else:
            say("-- back, but the room no longer has what was missed")
        self.epoch, self.seq = frame["epoch"], frame["seq"]


def describe(frame):
    kind = frame["type"]
    if kind == "new-message":
        return "(deleted)" if frame.get("deleted") else f"{frame['username']}: {frame['message']}"
    if kind == "message-edited":
        return f"{frame['userId']} edited {frame['messageSeq']}: {frame['message']}"
    if kind == "message-deleted":
        return f"{frame['userId']} deleted {frame['messageSeq']}"
    if kind == "reaction":
        sign = "-" if frame.get("removed") else "+"
        return f"{frame['username']} {sign}{frame['emoji']} on {frame['messageSeq']}"
    if "payload" in frame:
        return f"{kind} {json.dumps(frame['payload'], ensure_ascii=False)}"
    return kind


def comeback(failures):
    """Seconds to wait: longer each time, and different for everybody, so that not all come back at once."""
    return random.uniform(0.1, min(LONGEST_WAIT_SECONDS, 0.5 * 2 ** min(failures, 10)))


def say(line):
    print(line, flush=True)


def main():
    parser = argparse.ArgumentParser(description="Prints what is said in a room.")
    parser.add_argument("server", help="ws://localhost:8787 or wss://rooms.example.com")
    parser.add_argument("room")
    parser.add_argument("--party", default="chatroom")
    parser.add_argument("--user", default="listener", help="the user id, where no token says it")
    parser.add_argument("--heartbeat", type=float, default=HEARTBEAT_SECONDS, metavar="SECONDS")
    given = parser.parse_args()
    server = given.server.rstrip("/")
    listener = Listener(server, given.party, given.room, given.user, given.heartbeat)
    try:
        code = asyncio.run(listener.run())
    except KeyboardInterrupt:
        return 0
    say(f"-- closed for good: {code}")
    return 0 if code == 1000 else 1


if __name__ == "__main__":
    sys.exit(main())
