"""Publishes events to rooms from a backend in Python, with nothing but the standard library.

    publisher = Publisher("https://rooms.example.com", os.environ["BROADCAST_KEY"])
    result = publisher.publish("p1", "TASK_UPDATED", {"taskId": "t1"}, exclude_user_id="ann")
    print(result["delivered"])

It does what docs/backend.md says of publishing, and so shows what a backend in any language has to do:

- every call has an idempotency key, which stays the same when it is repeated: the room delivers it once;
- it is repeated when that may help (no answer, 429, most 5xx), after a wait that grows and differs for everybody,
  and never before the server wants it (`Retry-After`);
- with `sign=True` requests are signed with the key, which then never travels.

A call blocks until it is through. Where a request must not wait, give it to a thread:
`threads = ThreadPoolExecutor(4)`, then `threads.submit(publisher.publish, …)`.

Run it, on Python 3.9 or newer, with the server of `npm start`:

    BROADCAST_KEY=only-for-development-broadcast-key \\
        python3 publish.py http://localhost:8787 p1 TASK_UPDATED '{"taskId": "t1"}' --exclude-user ann
"""

import argparse
import email.utils
import hashlib
import hmac
import http.client
import json
import os
import random
import sys
import time
import urllib.error
import urllib.request
import uuid
from urllib.parse import quote, urlsplit

LONGEST_BACKOFF_SECONDS = 10
"""No wait between two attempts grows beyond this by itself."""

LONGEST_PATIENCE_SECONDS = 30
"""A server that wants a longer wait than this gets no further attempt."""

NEVER_AGAIN = {501, 505}
PASSING = {408, 425, 429}
"""Statuses of requests that may succeed later, besides those from 500 on that are not in NEVER_AGAIN."""


class PublishError(Exception):
    """Why something was not published. It never holds the key."""

    def __init__(self, code, message, status=None, retryable=False, retry_after=None):
        super().__init__(f"{code}: {message}")
        self.code = code
        """Stable: one of docs/protocol.md, section 5, or `unreachable`, `bad-answer`."""
        self.status = status
        self.retryable = retryable
        """Whether the same call, with the same idempotency key, may succeed later."""
        self.retry_after = retry_after
        """Seconds to wait before that, if the server said so."""


class Publisher:
    """Publishes to the rooms of one server. It may be used by several threads."""

    def __init__(self, url, key, *, sign=False, party="main", timeout=5, retries=3, backoff=0.25):
        """
        :param key: the secret BROADCAST_KEY, or a JWT whose claim `rooms` grants `broadcast` (which cannot sign)
        :param sign: send a signature in the place of the key
        :param timeout: seconds for each step of one attempt
        :param backoff: the longest wait before the first repetition, in seconds; it doubles each time
        """
        if not key:
            raise ValueError("There is no key.")
        if not sign and not all("!" <= c <= "~" for c in key):
            # Here and without the value, which is a secret: http.client would name it in its complaint.
            raise ValueError("The key has characters that no header can carry: a line break?")
        self.url = url.rstrip("/")
        self.key = key
        self.sign = sign
        self.party = party
        self.timeout = timeout
        self.retries = retries
        self.backoff = backoff
        self.opener = urllib.request.build_opener(NoRedirects)

    def publish(self, room, type, payload, *, idempotency_key=None, **fields):
        """Publishes one event to a room. Gives {"id", "seq" if it is kept, "delivered"}.

        :param idempotency_key: names what has happened, such as the id of a row; a random one if left out
        :param fields: exclude_user_id, exclude_connection_id, only_user_ids, persist, timestamp
        """
        return self.post(self.path(room), event(type, payload, **fields), idempotency_key)

    def publish_batch(self, room, events, *, idempotency_key=None):
        """Publishes 1 to 100 events, as made by `event`, in their order: all or none. Gives a list of results."""
        return self.post(self.path(room), {"events": events}, idempotency_key)["results"]

    def publish_all(self, rooms, events, *, idempotency_key=None):
        """Publishes events to 1 to 100 rooms. Gives for each its `results`, or its `problem` if it has refused."""
        places = [{"party": self.party, "room": room} for room in rooms]
        body = {"rooms": places, "events": events}
        return self.post("/broadcast", body, idempotency_key)["results"]

    def path(self, room):
        if room in ("", ".", ".."):
            raise ValueError(f"A room cannot be addressed as {room!r} by HTTP.")
        return f"/parties/{quote(self.party, safe='')}/{quote(room, safe='')}"

    def post(self, path, body, idempotency_key=None):
        """Until it is published, may not succeed any more, or was tried often enough."""
        # Once, so that a repetition is the same to the letter.
        data = json.dumps(body, allow_nan=False).encode()
        key = idempotency_key or str(uuid.uuid4())
        attempts = 0
        while True:
            attempts += 1
            try:
                answer = self.attempt(path, data, key)
                passing = passing_problem(answer)
                if passing is None or attempts > self.retries:
                    return answer
                # Some of several rooms have failed for the moment; the others repeat their first answer.
                wait = self.wait(attempts, passing.retry_after)
                if wait is None:
                    return answer
            except PublishError as error:
                wait = self.wait(attempts, error.retry_after)
                if not error.retryable or attempts > self.retries or wait is None:
                    raise
            time.sleep(wait)

    def attempt(self, path, data, idempotency_key):
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": quoted(idempotency_key),
            **self.credentials("POST", path, data),
        }
        request = urllib.request.Request(self.url + path, data, headers, method="POST")
        try:
            with self.opener.open(request, timeout=self.timeout) as response:
                status, body = response.status, response.read()
        except urllib.error.HTTPError as refusal:
            raise refused(refusal) from None
        except (OSError, http.client.HTTPException) as error:
            # No connection, silence, or an answer that broke off. Whether it was published is not known:
            # that is what the idempotency key is for.
            raise PublishError("unreachable", str(error) or repr(error), retryable=True) from error
        answer = parsed(body)
        if not isinstance(answer, dict) or not ("id" in answer or "results" in answer):
            raise PublishError("bad-answer", "This is no answer of durable-rooms.", status)
        return answer

    def credentials(self, method, path, data):
        if not self.sign:
            return {"Authorization": f"Bearer {self.key}"}
        # Anew for each attempt: a signature is good for minutes only.
        timestamp = str(int(time.time()))
        sent_path = urlsplit(self.url).path + path
        digest = hashlib.sha256(data).hexdigest()
        text = f"{timestamp}.{method}.{sent_path}.{digest}"
        signature = hmac.new(self.key.encode(), text.encode(), hashlib.sha256).hexdigest()
        return {"X-Signature-Timestamp": timestamp, "X-Signature": f"v1={signature}"}

    def wait(self, attempts, retry_after):
        """Seconds until the next attempt; None if that is too long."""
        ceiling = min(LONGEST_BACKOFF_SECONDS, self.backoff * 2 ** (attempts - 1))
        if retry_after is None:
            return ceiling * random.uniform(0.5, 1)
        if retry_after > LONGEST_PATIENCE_SECONDS:
            return None
        return retry_after + ceiling * random.random()


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect would make a GET of it, or take the key elsewhere."""

    def redirect_request(self, *_):
        return None


def event(type, payload, **fields):
    """An event as JSON. Fields are those of docs/protocol.md, section 6, in Python's spelling."""
    names = {
        "timestamp": "timestamp",
        "exclude_user_id": "excludeUserId",
        "exclude_connection_id": "excludeConnectionId",
        "only_user_ids": "onlyUserIds",
        "persist": "persist",
    }
    made = {"type": type, "payload": payload}
    for name, value in fields.items():
        if name not in names:
            raise TypeError(f"An event has no {name}.")
        if value is not None:
            made[names[name]] = value
    return made


def refused(refusal):
    """The error of an answer that is not 200: a problem document, or the word of a proxy on the way."""
    try:
        body = parsed(refusal.read())
    except (OSError, http.client.HTTPException):
        body = None
    status = refusal.code
    passing = status in PASSING or (status >= 500 and status not in NEVER_AGAIN)
    retry_after = seconds(refusal.headers.get("Retry-After"))
    if isinstance(body, dict) and "code" in body:
        return problem_error(body, status, passing, retry_after)
    message = f"The answer has status {status}, and says no more."
    return PublishError("bad-answer", message, status, passing, retry_after)


def problem_error(problem, status, passing, retry_after=None):
    code = problem["code"]
    # The document has the last word; a wrong configuration does not pass by itself.
    retryable = problem.get("retryable", passing and code != "misconfigured")
    if "retryAfterMs" in problem:
        retry_after = problem["retryAfterMs"] / 1000
    message = problem.get("detail") or problem.get("title", "")
    return PublishError(code, message, status, retryable, retry_after)


def passing_problem(answer):
    """Of several rooms, the first problem that may pass."""
    for result in answer.get("results", []):
        problem = result.get("problem")
        if problem:
            status = problem.get("status", 500)
            error = problem_error(problem, status, status in PASSING or status >= 500)
            if error.retryable:
                return error
    return None


def quoted(idempotency_key):
    """A string as structured fields write it (RFC 9651)."""
    if not 1 <= len(idempotency_key) <= 128 or not all(" " <= c <= "~" for c in idempotency_key):
        raise ValueError("An idempotency key has 1 to 128 printable ASCII characters.")
    escaped = idempotency_key.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def seconds(retry_after):
    """The header Retry-After, seconds or a date, from now."""
    if retry_after is None:
        return None
    if retry_after.strip().isdigit():
        return int(retry_after)
    try:
        return max(0, email.utils.parsedate_to_datetime(retry_after).timestamp() - time.time())
    except (TypeError, ValueError):
        return None


def parsed(body):
    try:
        return json.loads(body)
    except ValueError:
        return None


def main():
    parser = argparse.ArgumentParser(description="Publishes an event, as the bearer of BROADCAST_KEY.")
    parser.add_argument("server", help="http://localhost:8787 or https://rooms.example.com")
    parser.add_argument("room")
    parser.add_argument("type")
    parser.add_argument("payload", type=json.loads, help="JSON")
    parser.add_argument("--party", default="main")
    parser.add_argument("--exclude-user", metavar="ID")
    parser.add_argument("--persist", action="store_true", default=None)
    parser.add_argument("--idempotency-key", metavar="KEY")
    parser.add_argument("--sign", action="store_true", help="send a signature in the place of the key")
    parser.add_argument("--timeout", type=float, default=5, metavar="SECONDS")
    parser.add_argument("--retries", type=int, default=3)
    parser.add_argument("--backoff", type=float, default=0.25, metavar="SECONDS")
    given = parser.parse_args()
    key = os.environ.get("BROADCAST_KEY")
    if not key:
        parser.error("BROADCAST_KEY is not in the environment.")
    publisher = Publisher(
        given.server,
        key,
        sign=given.sign,
        party=given.party,
        timeout=given.timeout,
        retries=given.retries,
        backoff=given.backoff,
    )
    try:
        result = publisher.publish(
            given.room,
            given.type,
            given.payload,
            exclude_user_id=given.exclude_user,
            persist=given.persist,
            idempotency_key=given.idempotency_key,
        )
    except PublishError as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
