"""Most of the calls go to a few rooms, so that something is in them. What the description forbids is left as it is."""

import re
from urllib.parse import quote, unquote
from zlib import crc32

import schemathesis

NAME = re.compile(r"[^\x00-\x1f\x7f-\x9f]{1,128}")
KNOWN = {"party": ["chatroom", "main"], "room": ["p1", "p2", "a/b", "é"]}


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """Puts a known name in the place of most that are allowed."""
    for name, known in KNOWN.items():
        value = (path_parameters or {}).get(name)
        if not isinstance(value, str) or not NAME.fullmatch(unquote(value)):
            continue
        number = crc32(value.encode("utf-8", "surrogatepass"))
        # Some stay what they are.
        if number % 8 != 0:
            path_parameters[name] = quote(known[number % len(known)], safe="")
    return path_parameters
